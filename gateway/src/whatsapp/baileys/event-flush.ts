import type { Clock, Timer } from '../../kernel/clock.ts';
import type { LibrarySocket } from './wiring.ts';

/** How long the library may hold its own events back; by itself it can hold them for 30 s. */
const FLUSH_AFTER_MS = 150;

/** Makes the library let go of events that it buffers. */
export class EventFlush {
  readonly #clock: Clock;
  readonly #socket: () => Pick<LibrarySocket, 'ev'> | null;
  #timer: Timer | null = null;

  constructor(clock: Clock, socket: () => Pick<LibrarySocket, 'ev'> | null) {
    this.#clock = clock;
    this.#socket = socket;
  }

  /** To be called whenever something may have been buffered. */
  soon(): void {
    this.#timer ??= this.#clock.after(FLUSH_AFTER_MS, () => {
      this.#timer = null;
      const events = this.#socket()?.ev;
      if (events?.isBuffering()) events.flush();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
