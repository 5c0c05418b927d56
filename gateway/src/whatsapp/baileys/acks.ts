import type { BinaryNode } from 'baileys';
import type { Clock, Timer } from '../../kernel/clock.ts';
import type { RelayOutcome } from '../port.ts';

/** A server that has not answered after this is taken for gone. */
const ACK_TIMEOUT_MS = 20_000;

interface Waiter {
  readonly messageId: string;
  /** Null until it is on the wire. */
  sentAtMs: number | null;
  readonly settle: (outcome: RelayOutcome) => void;
}

/** One send waiting for the server's word. */
export interface AckWaiter {
  /** Starts the clock; resolves with the server's answer, or as `unconfirmed` after 20 s. */
  outcome(): Promise<RelayOutcome>;
  /** The server's answer if it is there already. */
  answered(): RelayOutcome | null;
  /** Stops waiting. */
  drop(): void;
}

/**
 * The server's answers to sends. The library says nothing of a positive one, and it may come before the
 * send itself has returned: a waiter is made before anything is sent. One waiter per send under way.
 */
export class Acks {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  /** The oldest send that was given up without the server having answered any send since. */
  #missedSinceMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Since when sends have been without an answer; null when the server has answered what it got. */
  get unansweredSinceMs(): number | null {
    const sent = [...this.#waiters].flatMap(({ sentAtMs }) => sentAtMs ?? []);
    const oldest = Math.min(this.#missedSinceMs ?? Infinity, ...sent);
    return oldest === Infinity ? null : oldest;
  }

  expect(messageId: string): AckWaiter {
    let answer: RelayOutcome | null = null;
    let resolve: (outcome: RelayOutcome) => void = () => undefined;
    let timer: Timer | null = null;
    const result = new Promise<RelayOutcome>((done) => {
      resolve = done;
    });
    const waiter: Waiter = {
      messageId,
      sentAtMs: null,
      settle: (outcome) => {
        answer = outcome;
        timer?.cancel();
        this.#waiters.delete(waiter);
        resolve(outcome);
      },
    };
    this.#waiters.add(waiter);
    return {
      outcome: () => {
        if (!answer) {
          waiter.sentAtMs = this.#clock.now();
          timer = this.#clock.after(ACK_TIMEOUT_MS, () => this.#missed(waiter));
        }
        return result;
      },
      answered: () => answer,
      drop: () => {
        timer?.cancel();
        this.#waiters.delete(waiter);
      },
    };
  }

  /** An `<ack class="message">` from the server. */
  heard(stanza: BinaryNode): void {
    const { id, error } = stanza.attrs;
    const code = Number(error ?? 0);
    const outcome: RelayOutcome =
      error === undefined || error === '0'
        ? { kind: 'acked' }
        : { kind: 'rejected', code: Number.isFinite(code) ? code : 0 };
    this.#missedSinceMs = null;
    for (const waiter of this.#waiters) if (waiter.messageId === id) waiter.settle(outcome);
  }

  /** The connection is gone: nobody will answer. */
  abandon(reason: string): void {
    for (const waiter of this.#waiters) waiter.settle({ kind: 'unconfirmed', reason });
  }

  #missed(waiter: Waiter): void {
    this.#missedSinceMs ??= waiter.sentAtMs;
    waiter.settle({ kind: 'unconfirmed', reason: 'WhatsApp did not answer in time' });
  }
}
