import type { Stanza } from '../wire/stanza.ts';

/** A stanza that waits until its device confirms it. */
export interface Letter {
  /** Increases by one per letter of this mailbox. */
  readonly sequence: number;
  readonly node: Stanza;
  /** How often it was written to a connection. */
  deliveries: number;
}

/** Names a letter the way the client's confirmation does. */
export interface LetterKey {
  readonly tag: string;
  readonly id: string;
  /** Receipts for one message differ only in these two. */
  readonly type: string | undefined;
  readonly participant: string | undefined;
}

/** A device that is off for weeks still gets its messages; beyond this the oldest are dropped. */
export const MAX_LETTERS = 20_000;

/**
 * Store and forward for one device: every message, receipt, notification and call stays here, in
 * order, until the client confirms it by receipt or ack. Holds at most `MAX_LETTERS`.
 */
export class Mailbox {
  readonly #letters = new Map<number, Letter>();
  /** Sequences by key, oldest first: a message and its resend share their id. */
  readonly #index = new Map<string, number[]>();
  #nextSequence = 1;

  /** Adds a stanza at the end. Gives the letter that had to make room, if any. */
  put(node: Stanza): { readonly letter: Letter; readonly dropped: Letter | null } {
    const letter: Letter = { sequence: this.#nextSequence++, node, deliveries: 0 };
    this.#letters.set(letter.sequence, letter);
    const key = keyText(keyOf(node));
    const sequences = this.#index.get(key);
    if (sequences) sequences.push(letter.sequence);
    else this.#index.set(key, [letter.sequence]);
    if (this.#letters.size <= MAX_LETTERS) return { letter, dropped: null };
    const oldest = this.#letters.values().next().value ?? null;
    return { letter, dropped: oldest && this.confirm(keyOf(oldest.node)) };
  }

  /** The client confirmed a stanza; gives its letter, or null when nothing waited for that. */
  confirm(key: LetterKey): Letter | null {
    const text = keyText(key);
    const sequences = this.#index.get(text);
    const sequence = sequences?.shift();
    if (!sequences || sequence === undefined) return null;
    if (sequences.length === 0) this.#index.delete(text);
    const letter = this.#letters.get(sequence) ?? null;
    this.#letters.delete(sequence);
    return letter;
  }

  get size(): number {
    return this.#letters.size;
  }

  /** Everything unconfirmed, oldest first. */
  waiting(): Letter[] {
    return [...this.#letters.values()];
  }

  clear(): void {
    this.#letters.clear();
    this.#index.clear();
  }
}

export function keyOf(node: Stanza): LetterKey {
  const { id = '', type, participant } = node.attrs;
  return { tag: node.tag, id, type, participant };
}

function keyText({ tag, id, type, participant }: LetterKey): string {
  // Clients confirm a message by its id alone: their receipts carry types of their own.
  if (tag === 'message') return `message/${id}`;
  return `${tag}/${id}/${type ?? ''}/${participant ?? ''}`;
}
