import type { MessageStatus } from '../messages/store.ts';

const RANK = { queued: 0, sending: 1, sent: 2, delivered: 3, read: 4, played: 5 } as const;

const isRanked = (status: MessageStatus): status is keyof typeof RANK => status in RANK;

/**
 * Whether a message of ours may go from one status to another: only to the right along queued, sending,
 * sent, delivered, read, played. `failed` can only follow what nobody has received yet, and is final
 * unless the message was given up `unconfirmed`: that somebody received it proves that it was sent.
 * `received` belongs to messages of others and never changes.
 */
export function mayBecome(
  current: MessageStatus,
  next: MessageStatus,
  unconfirmed = false,
): boolean {
  if (current === 'failed' && unconfirmed) return isRanked(next) && RANK[next] > RANK.sent;
  if (!isRanked(current)) return false;
  if (next === 'failed') return RANK[current] <= RANK.sent;
  return isRanked(next) && RANK[next] > RANK[current];
}
