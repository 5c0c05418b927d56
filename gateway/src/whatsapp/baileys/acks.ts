import type { BinaryNode } from 'baileys';
import type { Clock, Timer } from '../../kernel/clock.ts';
import type { RelayOutcome } from '../port.ts';

/** A server that has not answered after this is taken for gone. */
const ACK_TIMEOUT_MS = 20_000;

interface Waiter {
  readonly messageId: string;
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

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get waiting(): number {
    return this.#waiters.size;
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
          timer = this.#clock.after(ACK_TIMEOUT_MS, () =>
            waiter.settle({ kind: 'unconfirmed', reason: 'WhatsApp did not answer in time' }),
          );
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
    for (const waiter of this.#waiters) if (waiter.messageId === id) waiter.settle(outcome);
  }

  /** The connection is gone: nobody will answer. */
  abandon(reason: string): void {
    for (const waiter of this.#waiters) waiter.settle({ kind: 'unconfirmed', reason });
  }
}
