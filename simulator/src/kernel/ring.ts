/** A list that keeps the newest `limit` entries; older ones are forgotten and counted. */
export class Ring<T> {
  readonly #limit: number;
  #items: T[] = [];
  #start = 0;
  #forgotten = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length - this.#start <= this.#limit) return;
    this.#start += 1;
    this.#forgotten += 1;
    if (this.#start < this.#limit) return;
    // One copy per `limit` pushes keeps the cost of forgetting constant per entry.
    this.#items = this.#items.slice(this.#start);
    this.#start = 0;
  }

  /** How many entries fell off the old end. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get size(): number {
    return this.#items.length - this.#start;
  }

  /** Oldest first. */
  toArray(): T[] {
    return this.#items.slice(this.#start);
  }

  clear(): void {
    this.#items = [];
    this.#start = 0;
  }
}
