import { MAX_WINDOW_LIMIT } from './policy.ts';

/** One send that may have reached WhatsApp. */
export interface PastSend {
  readonly atMs: number;
  readonly chatId: string;
  readonly budget: 'warm' | 'cold';
  /** Identifies its text; null where the text is not judged. */
  readonly textKey: string | null;
}

/**
 * Instants of sends, oldest first. Keeps the newest `MAX_WINDOW_LIMIT`, which is all that a window of
 * any policy can ask about.
 */
export class Ledger {
  #instants: number[] = [];

  get lastMs(): number | null {
    return this.#instants.at(-1) ?? null;
  }

  get size(): number {
    return Math.min(this.#instants.length, MAX_WINDOW_LIMIT);
  }

  /** A clock that was set back must not make an old send look older than one before it. */
  add(atMs: number): void {
    this.#instants.push(Math.max(atMs, this.lastMs ?? atMs));
    if (this.#instants.length >= 2 * MAX_WINDOW_LIMIT) {
      this.#instants = this.#instants.slice(-MAX_WINDOW_LIMIT);
    }
  }

  /**
   * The first instant at which one more send keeps every window of `windowMs` at `limit` or less:
   * when the `limit`-th newest leaves it. `-Infinity` when it may go at any time.
   */
  freeAtMs(limit: number, windowMs: number): number {
    if (limit <= 0) return Number.POSITIVE_INFINITY;
    const oldest = this.#instants[this.#instants.length - limit];
    return oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + windowMs;
  }

  /** How many fall into the `windowMs` before `nowMs`. */
  countSince(nowMs: number, windowMs: number): number {
    let count = 0;
    for (let at = this.#instants.length - 1; at >= 0; at--) {
      if ((this.#instants[at] ?? 0) <= nowMs - windowMs) break;
      count++;
    }
    return count;
  }
}

/** Texts remembered at most, and chats per text; beyond it the longest unused is forgotten. */
const MAX_TEXTS = 5_000;
const MAX_CHATS_PER_TEXT = 10_000;

/** Where one text went. */
interface TextTrace {
  /** When it went to a chat that had not had it before. */
  readonly spread: Ledger;
  readonly chats: Set<string>;
}

/** What was sent lately, as far as pacing asks. Filled from storage, then kept up send by send. */
export class SendHistory {
  readonly all = new Ledger();
  readonly warm = new Ledger();
  readonly cold = new Ledger();
  readonly #texts = new Map<string, TextTrace>();

  /** Sends must come in the order in which they were made. */
  add(send: PastSend): void {
    this.all.add(send.atMs);
    this[send.budget].add(send.atMs);
    if (send.textKey === null) return;
    const trace = this.#texts.get(send.textKey) ?? { spread: new Ledger(), chats: new Set() };
    if (!trace.chats.has(send.chatId)) trace.spread.add(send.atMs);
    trace.chats.add(send.chatId);
    if (trace.chats.size > MAX_CHATS_PER_TEXT) dropFirst(trace.chats);
    this.#texts.delete(send.textKey);
    this.#texts.set(send.textKey, trace);
    if (this.#texts.size > MAX_TEXTS) dropFirst(this.#texts);
  }

  /** To how many new chats the text that was spread furthest went since `nowMs - windowMs`. */
  widestSpread(nowMs: number, windowMs: number): number {
    let widest = 0;
    for (const { spread } of this.#texts.values()) {
      widest = Math.max(widest, spread.countSince(nowMs, windowMs));
    }
    return widest;
  }

  /**
   * When a text may go to one more chat, given to how many new ones it may go within a time. A chat that
   * had it already does not count again.
   */
  textFreeAtMs(textKey: string, chatId: string, limit: number, withinMs: number): number {
    const trace = this.#texts.get(textKey);
    if (!trace || trace.chats.has(chatId)) return Number.NEGATIVE_INFINITY;
    return trace.spread.freeAtMs(limit, withinMs);
  }
}

function dropFirst(collection: {
  keys(): IterableIterator<string>;
  delete(key: string): boolean;
}): void {
  const { value } = collection.keys().next();
  if (value !== undefined) collection.delete(value);
}
