import { phoneAddress } from '../contacts/address.ts';
import { parseRecipient } from '../contacts/recipient.ts';
import type { Outbox } from '../outbox/contract.ts';
import { estimateMs } from '../outbox/plan.ts';
import { takesMessages } from '../outbox/sender.ts';
import type { SessionState } from '../sessions/state.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { Candidate, Member } from './assign.ts';
import type { BulkStore } from './store.ts';

export interface PoolDeps {
  readonly store: Pick<BulkStore, 'acquaintances'>;
  readonly sessions: {
    recordOf(key: SessionKey): SessionRecord | null;
    resolve(workspaceId: string, id: string): { record: SessionRecord; state: SessionState };
  };
  readonly outbox: Pick<Outbox, 'pacing' | 'overview'>;
  readonly now: () => number;
}

/**
 * The sessions of a pool that take messages now: linked, and not paused by a person. One that WhatsApp
 * holds back counts as slower by as long as that lasts.
 */
export async function membersOf(
  deps: PoolDeps,
  pool: readonly SessionKey[],
  roomOf: (key: SessionKey) => number,
): Promise<Member[]> {
  const members: Member[] = [];
  for (const key of pool) {
    const record = deps.sessions.recordOf(key);
    if (!record) continue;
    const { state } = deps.sessions.resolve(record.workspaceId, record.id);
    if (!takesMessages(record, state)) continue;
    const { policy, restrictions, pausedAtMs } = await deps.outbox.pacing(record);
    if (pausedAtMs !== null) continue;
    const { counts } = await deps.outbox.overview(record);
    const nowMs = deps.now();
    const heldMs = Math.max(
      0,
      (restrictions.cold?.untilMs ?? 0) - nowMs,
      (restrictions.all?.untilMs ?? 0) - nowMs,
    );
    members.push({
      key,
      room: Math.max(0, roomOf(key)),
      queued: counts.total,
      takesMs: (jobs) => heldMs + estimateMs(policy, jobs, true),
    });
  }
  return members;
}

/** Which sessions of a pool know each recipient. */
export async function candidatesOf(
  { store }: Pick<PoolDeps, 'store'>,
  pool: readonly SessionKey[],
  recipients: readonly { readonly position: number; readonly to: string }[],
): Promise<Candidate[]> {
  if (pool.length < 2) return recipients.map(({ position }) => ({ position, knownTo: [] }));
  const chats = recipients.map(({ position, to }) => ({ position, chatId: chatOf(to) }));
  const known = await store.acquaintances(
    pool,
    chats.map(({ chatId }) => chatId),
  );
  const knownTo = new Map<string, SessionKey[]>();
  for (const { chatId, sessionKey } of known) {
    knownTo.set(chatId, [...(knownTo.get(chatId) ?? []), sessionKey]);
  }
  return chats.map(({ position, chatId }) => ({ position, knownTo: knownTo.get(chatId) ?? [] }));
}

/** The chat as far as the text alone tells. */
export function chatOf(to: string): string {
  const recipient = parseRecipient(to);
  switch (recipient.kind) {
    case 'phone':
      return phoneAddress(recipient.phone);
    case 'invalid':
      return to;
    default:
      return recipient.chatId;
  }
}
