import type { Clock, Timer } from '../kernel/clock.ts';
import type { Vitals } from '../whatsapp/port.ts';
import { type Health, judgeHealth, LOOK_EVERY_MS } from './health.ts';

/** Looks at a connection's signs of life every five seconds, from `start` to `stop`. */
export class HealthWatch {
  readonly #clock: Clock;
  readonly #vitals: () => Vitals | null;
  readonly #onHealth: (health: Health) => void;
  #timer: Timer | null = null;

  constructor(clock: Clock, vitals: () => Vitals | null, onHealth: (health: Health) => void) {
    this.#clock = clock;
    this.#vitals = vitals;
    this.#onHealth = onHealth;
  }

  /** Idempotent. */
  start(): void {
    this.#timer ??= this.#clock.after(LOOK_EVERY_MS, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #look(): void {
    this.stop();
    this.start();
    const vitals = this.#vitals();
    if (vitals) this.#onHealth(judgeHealth(vitals, this.#clock.now()));
  }
}
