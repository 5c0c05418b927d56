import type { Bulk, Fault, Recipient, RecipientState } from '../../bulk/store.ts';
import type { MessageStatus } from '../../messages/store.ts';
import type { Values } from '../../messages/templates/template.ts';
import type { SessionKey } from '../../sessions/store.ts';
import { openJson, type Sealer, sealJson } from './sealer.ts';

export interface BulkRow {
  id: string;
  session_key: SessionKey;
  workspace_id: string;
  pool: string;
  name: string | null;
  state: Bulk['state'];
  start_at_ms: number;
  expires_at_ms: number | null;
  created_at_ms: number;
  finished_at_ms: number | null;
  idempotency_key: string | null;
  request_hash: string | null;
  content: Uint8Array;
}

export interface RecipientRow {
  position: number;
  recipient: string;
  message_id: string;
  session_key: SessionKey | null;
  state: RecipientState;
  code: Fault['code'] | null;
  reason: string | null;
  variables: Uint8Array;
  message_status: MessageStatus | null;
}

/** Names and orders of people are theirs; they are sealed like their messages. */
const placeOf = (messageId: string) => ['bulk_recipients', messageId, 'variables'];

export const sealVariables = (sealer: Sealer, messageId: string, variables: Values): Uint8Array =>
  sealJson(sealer, variables, placeOf(messageId));

export function toBulk(sealer: Sealer, row: BulkRow): Bulk {
  const { idempotency_key: key, request_hash: requestHash } = row;
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    sessionKey: row.session_key,
    pool: JSON.parse(row.pool) as SessionKey[],
    name: row.name,
    state: row.state,
    content: openJson(sealer, row.content, ['bulks', row.id, 'content']) as Bulk['content'],
    startAtMs: row.start_at_ms,
    expiresAtMs: row.expires_at_ms,
    createdAtMs: row.created_at_ms,
    finishedAtMs: row.finished_at_ms,
    idempotency: key !== null && requestHash !== null ? { key, requestHash } : null,
  };
}

export function toRecipient(sealer: Sealer, row: RecipientRow): Recipient {
  return {
    position: row.position,
    to: row.recipient,
    variables: openJson(sealer, row.variables, placeOf(row.message_id)) as Values,
    messageId: row.message_id,
    fault: row.code === null ? null : { code: row.code, reason: row.reason ?? '' },
    state: row.state,
    sessionKey: row.session_key,
    messageStatus: row.message_status,
  };
}
