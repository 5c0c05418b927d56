import type { Logger } from '../../kernel/logger.ts';
import type { SessionKey, SessionRecord } from '../../sessions/store.ts';
import { SessionPacing, type SessionPacingDeps } from './session-pacing.ts';

/**
 * The pacing of each session, loaded when it is first asked for: when the session sends, is looked at or
 * loses its connection.
 */
export class Pacings {
  readonly #deps: SessionPacingDeps;
  readonly #logger: Logger;
  readonly #loaded = new Map<SessionKey, Promise<SessionPacing>>();

  constructor(deps: SessionPacingDeps) {
    this.#deps = deps;
    this.#logger = deps.logger;
  }

  /** Rejects when storage fails; then the next call tries again. */
  of(session: SessionRecord): Promise<SessionPacing> {
    const known = this.#loaded.get(session.key);
    if (known) return known;
    const loading = SessionPacing.load(session, this.#deps);
    this.#loaded.set(session.key, loading);
    loading.catch(() => this.#loaded.delete(session.key));
    return loading;
  }

  /** Lets the pacing of a session learn what happened to it. Never rejects. */
  async note(session: SessionRecord, learn: (pacing: SessionPacing) => void): Promise<void> {
    try {
      learn(await this.of(session));
    } catch (error) {
      this.#logger.error({ err: error }, 'what happened to a session was not noted for pacing');
    }
  }

  /** The session is gone. */
  forget(key: SessionKey): void {
    this.#loaded.delete(key);
  }

  /** Resolves when all that was learned is kept, or could not be. */
  async settled(): Promise<void> {
    const loaded = await Promise.allSettled(this.#loaded.values());
    await Promise.all(
      loaded.flatMap((one) => (one.status === 'fulfilled' ? [one.value.settled()] : [])),
    );
  }
}
