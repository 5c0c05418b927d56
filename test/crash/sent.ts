import type { Ledger, LedgerEntry } from '@whatsapp-gateway/simulator';
import { isPhone } from './death.ts';
import type { Ordered } from './orders.ts';

/** Each arrival of a message from a linked device at the server, repetitions included, oldest first. */
export function arrivals(ledger: Ledger): LedgerEntry[] {
  return ledger
    .query({ event: 'accepted', tag: 'message' })
    .filter(({ device, type }) => !isPhone(device) && type !== 'protocol');
}

/** Messages that came before one that was accepted earlier for the same chat of the same number. */
export function outOfOrder(
  arrived: readonly LedgerEntry[],
  accepted: readonly Ordered[],
): string[] {
  const placeOf = new Map(accepted.map(({ messageId }, index) => [messageId, index]));
  const lastOf = new Map<string, number>();
  const seen = new Set<string>();
  return arrived.flatMap(({ id }) => {
    const place = placeOf.get(id);
    const order = place === undefined ? undefined : accepted[place];
    if (place === undefined || order === undefined || seen.has(id)) return [];
    seen.add(id);
    const chat = `${order.shop} ${order.to.jid}`;
    const last = lastOf.get(chat) ?? -1;
    lastOf.set(chat, Math.max(last, place));
    return place < last ? [order.text] : [];
  });
}

/** The most that fall into any window of `windowMs`, which is more than 0; instants in order. */
export function mostWithin(instants: readonly number[], windowMs: number): number {
  let most = 0;
  let oldest = 0;
  for (const [index, atMs] of instants.entries()) {
    while ((instants[oldest] ?? atMs) <= atMs - windowMs) oldest++;
    most = Math.max(most, index - oldest + 1);
  }
  return most;
}
