import type { Clock } from '../kernel/clock.ts';
import { Emitter } from '../kernel/emitter.ts';
import { Ring } from '../kernel/ring.ts';

/** Rules that a client is held to. */
export type Rule =
  | 'wire'
  | 'unknown-stanza'
  | 'malformed-stanza'
  | 'adv-signature'
  | 'device-identity'
  | 'pre-key-signature'
  | 'pre-key-reuse'
  | 'padding'
  | 'device-list'
  | 'participant-hash'
  | 'receipt-count'
  | 'undecryptable'
  | 'app-state'
  | 'trust-token'
  /** Not the client's fault: the simulator itself failed at what the client sent. */
  | 'simulator';

export interface Violation {
  readonly atMs: number;
  readonly rule: Rule;
  /** Address of the device that broke the rule, or null before it has one. */
  readonly device: string | null;
  readonly text: string;
}

/** A broken client repeats itself; the newest 1,000 tell enough. */
const LIMIT = 1000;

/** What clients did wrong. Tests call `assertNone` at their end. */
export class Violations {
  readonly #clock: Clock;
  readonly #list = new Ring<Violation>(LIMIT);
  readonly #events = new Emitter<{ violation: Violation }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  report(rule: Rule, device: string | null, text: string): void {
    const violation = { atMs: this.#clock.now(), rule, device, text };
    this.#list.push(violation);
    this.#events.emit('violation', violation);
  }

  /** Calls back for every violation from now on; the returned function stops it. */
  onViolation(listener: (violation: Violation) => void): () => void {
    return this.#events.on('violation', listener);
  }

  /** Oldest first. */
  list(): Violation[] {
    return this.#list.toArray();
  }

  /** Throws with the text of all violations when there are any. */
  assertNone(): void {
    const all = this.list();
    if (all.length === 0) return;
    const lines = all.map(({ rule, device, text }) => `${rule} (${device ?? 'unpaired'}): ${text}`);
    throw new Error(`clients broke ${all.length} rule(s):\n${lines.join('\n')}`);
  }

  clear(): void {
    this.#list.clear();
  }
}
