import type { Random } from '../kernel/random.ts';

/** The key of the app state: id as WhatsApp forms it (device, then epoch), and 32 secret bytes. */
export interface AppStateKey {
  readonly id: Uint8Array;
  readonly data: Uint8Array;
}

export function createAppStateKey(random: Random): AppStateKey {
  const id = Buffer.alloc(6);
  id.writeUInt32BE(1 + Math.floor(random.next() * 0xffff), 2);
  return { id, data: random.bytes(32) };
}
