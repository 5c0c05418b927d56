import type { EventEmitter } from 'node:events';
import type { Clock, Timer } from '../../kernel/clock.ts';
import type { LibrarySocket } from './wiring.ts';

/** Pings are sent this often. */
const PING_EVERY_MS = 20_000;

/**
 * Pings the server and measures how long it takes to answer. The library pings as well, but keeps the
 * answer to itself and ends a silent connection by a clock of its own; it is told not to.
 */
export class Pulse {
  readonly #socket: LibrarySocket;
  readonly #clock: Clock;
  #timer: Timer | null = null;
  #waitingSinceMs: number | null = null;
  #roundTripMs: number | null = null;
  #forget: () => void = () => undefined;

  constructor(socket: LibrarySocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
  }

  /** When the oldest ping without an answer was sent. */
  get waitingSinceMs(): number | null {
    return this.#waitingSinceMs;
  }

  /** How long the last answered ping took. */
  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  /** Pings from now on. Idempotent. */
  start(): void {
    if (!this.#timer) this.#beat();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#forget();
  }

  #beat(): void {
    this.#timer = this.#clock.after(PING_EVERY_MS, () => this.#beat());
    this.#forget();
    const client = this.#socket.ws as unknown as EventEmitter;
    const id = this.#socket.generateMessageTag();
    const answer = `TAG:${id}`;
    const sentAtMs = this.#clock.now();
    const answered = () => {
      this.#roundTripMs = this.#clock.now() - sentAtMs;
      this.#waitingSinceMs = null;
      this.#forget();
    };
    this.#waitingSinceMs ??= sentAtMs;
    this.#forget = () => client.off(answer, answered);
    client.once(answer, answered);
    const attrs = { id, to: '@s.whatsapp.net', type: 'get', xmlns: 'w:p' };
    // A socket that takes nothing any more is found by its silence.
    this.#socket
      .sendNode({ tag: 'iq', attrs, content: [{ tag: 'ping', attrs: {} }] })
      .catch(() => undefined);
  }
}
