import type { Device } from '../accounts/account.ts';

/** Messages per device whose receipts are counted; older ones are no longer watched. */
const WATCHED = 2000;

interface Tally {
  receipts: number;
  deliveries: number;
}

/** Holds clients to exactly one receipt per delivery of a message. */
export class ReceiptCounts {
  readonly #tallies = new WeakMap<Device, Map<string, Tally>>();

  /**
   * Counts an arrival receipt. `deliveries` is how often the confirmed letter was written, 0 when
   * nothing waited for the receipt. Gives the tally when there are more receipts than deliveries.
   */
  count(device: Device, id: string, deliveries: number): Readonly<Tally> | null {
    let tallies = this.#tallies.get(device);
    if (!tallies) this.#tallies.set(device, (tallies = new Map()));
    const tally = tallies.get(id) ?? { receipts: 0, deliveries: 0 };
    tally.receipts += 1;
    tally.deliveries += deliveries;
    tallies.set(id, tally);
    if (tallies.size > WATCHED) {
      const oldest = tallies.keys().next().value;
      if (oldest !== undefined) tallies.delete(oldest);
    }
    return tally.receipts > tally.deliveries ? tally : null;
  }
}
