import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { PacingStore } from './store.ts';

/** A chat that keeps writing is noted at most this often: warmth is counted in days. */
const HEARD_AGAIN_MS = 5 * 60_000;

/** Chats whose last note is remembered; beyond it the longest known is forgotten and noted once more. */
const MAX_HEARD = 20_000;

export interface HeardNotesDeps {
  readonly store: Pick<PacingStore, 'heard'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps when chats last wrote to a session, without a write for each of their messages. */
export class HeardNotes {
  readonly #deps: HeardNotesDeps;
  readonly #noted = new Map<string, number>();

  constructor(deps: HeardNotesDeps) {
    this.#deps = deps;
  }

  /** True when something new was kept. Never rejects. */
  async note(key: SessionKey, chatId: string): Promise<boolean> {
    const nowMs = this.#deps.clock.now();
    const name = `${key}/${chatId}`;
    if (nowMs - (this.#noted.get(name) ?? -Infinity) < HEARD_AGAIN_MS) return false;
    this.#noted.delete(name);
    this.#noted.set(name, nowMs);
    if (this.#noted.size > MAX_HEARD) this.#noted.delete(this.#noted.keys().next().value ?? '');
    try {
      await this.#deps.store.heard(key, chatId, nowMs);
      return true;
    } catch (error) {
      this.#noted.delete(name);
      this.#deps.logger.warn({ err: error }, 'it was not noted that a chat wrote');
      return false;
    }
  }
}
