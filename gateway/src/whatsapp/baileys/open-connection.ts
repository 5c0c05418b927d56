import type { Clock } from '../../kernel/clock.ts';
import type { Device } from './device.ts';
import type { LibrarySocket } from './wiring.ts';

/** What asks and sends over a connection work with while it is open. */
export interface OpenConnection {
  readonly socket: LibrarySocket;
  readonly device: Device;
  readonly clock: Clock;
}
