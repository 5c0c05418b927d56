/**
 * How many sends may be under way on a connection that is still new. What has piled up does not fall on
 * it at once: one goes first, and each answer of WhatsApp makes room for one more.
 */
export class SlowStart {
  readonly #most: number;
  #answers = 0;

  /** `most` is the width that it grows to. */
  constructor(most: number) {
    this.#most = most;
  }

  get width(): number {
    return Math.min(this.#most, 1 + this.#answers);
  }

  /** WhatsApp has taken or refused a message. */
  answered(): void {
    this.#answers++;
  }

  /** There is a new connection. */
  reset(): void {
    this.#answers = 0;
  }
}
