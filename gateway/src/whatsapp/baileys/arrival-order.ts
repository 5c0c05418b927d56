import type { BinaryNode } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import { payloadNodes } from './journal.ts';

/** The library decrypts what it is handed in milliseconds; after this long it will not. */
const PATIENCE_MS = 10_000;

/** The payloads that pass through our Signal repository. */
const ENCRYPTIONS: ReadonlySet<string | undefined> = new Set(['pkmsg', 'msg', 'skmsg']);

/**
 * Lets the stanzas of one device be decrypted one after the other. The library takes up each as it
 * arrives, so the second message of a group would be decrypted while the key that came with the first
 * is still being written, and fail; and two messages of a chat could change places. What is kept is one
 * small entry per stanza in the library's hands.
 */
export class ArrivalOrder {
  readonly #clock: Clock;
  readonly #tails = new Map<string, Promise<void>>();
  readonly #endings = new WeakMap<Uint8Array, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * To be called with each `<message>` as it arrives. The promise is fulfilled when every earlier stanza
   * of the same device is decrypted, or could not be; null when there is none.
   */
  enter(stanza: BinaryNode): Promise<void> | null {
    const ciphertexts = payloadNodes(stanza).flatMap(({ attrs, content }) =>
      ENCRYPTIONS.has(attrs['type']) && content instanceof Uint8Array ? [content] : [],
    );
    const author = stanza.attrs['participant'] ?? stanza.attrs['from'];
    if (!author || ciphertexts.length === 0) return null;
    const before = this.#tails.get(author) ?? null;
    const turn = (before ?? Promise.resolve()).then(() => this.#decrypted(ciphertexts));
    this.#tails.set(author, turn);
    void turn.then(() => {
      if (this.#tails.get(author) === turn) this.#tails.delete(author);
    });
    return before;
  }

  /** A payload was decrypted, or could not be. */
  left(ciphertext: Uint8Array): void {
    this.#endings.get(ciphertext)?.();
  }

  #decrypted(ciphertexts: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve) => {
      const open = new Set(ciphertexts);
      const timer = this.#clock.after(PATIENCE_MS, resolve);
      for (const ciphertext of ciphertexts) {
        this.#endings.set(ciphertext, () => {
          open.delete(ciphertext);
          if (open.size > 0) return;
          timer.cancel();
          resolve();
        });
      }
    });
  }
}
