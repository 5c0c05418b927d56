import type { BinaryNode } from 'baileys';
import type { WireReceipt } from '../port.ts';
import type { OwnAddresses } from './envelope.ts';
import { bareJid, isSameUser } from './jid.ts';

/** WhatsApp's receipt types that say how far a message of ours has come. `inactive`: delivered unseen. */
const STATUS_BY_TYPE: Readonly<Record<string, WireReceipt['status']>> = {
  '': 'delivered',
  delivery: 'delivered',
  inactive: 'delivered',
  read: 'read',
  played: 'played',
};

/**
 * Reads a `<receipt>` about messages of ours; null for all others (what our own devices read, retry
 * requests, notes between clients) and for malformed ones. Never throws.
 */
export function readReceipt(
  stanza: BinaryNode,
  own: OwnAddresses,
  receivedAtMs: number,
): WireReceipt | null {
  const { attrs } = stanza;
  const status = STATUS_BY_TYPE[attrs.type ?? ''];
  const chat = bareJid(attrs.from);
  const by = bareJid(attrs.participant ?? attrs.from);
  if (!status || !attrs.id || !chat || !by || attrs.recipient) return null;
  if (isSameUser(by, own.phoneJid) || isSameUser(by, own.lid)) return null;
  const seconds = Number(attrs.t);
  return {
    chat,
    messageIds: [attrs.id, ...listedIds(stanza)],
    status,
    by,
    timestampMs: seconds > 0 ? seconds * 1000 : receivedAtMs,
  };
}

/** Receipts for several messages name the first in their `id` and the others in a list. */
function listedIds(stanza: BinaryNode): string[] {
  if (!Array.isArray(stanza.content)) return [];
  const list = stanza.content.find((child) => child.tag === 'list');
  if (!list || !Array.isArray(list.content)) return [];
  return list.content.flatMap((item) => (item.attrs.id ? [item.attrs.id] : []));
}
