import { createHash } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { IdempotencyMark, QueueStore } from './store.ts';

/** How long a request is recognised when it comes again. */
export const IDEMPOTENCY_MS = 24 * 3_600_000;

/** Makes repeated requests one, by the key that the caller gives them. */
export interface Idempotency {
  /**
   * Runs `first` once per key within 24 hours, `again` with the id of what the first made for every repeat.
   * Throws `idempotency_key_reused` when the requests differ, `idempotency_in_progress` while the first
   * has not been answered. A first that fails is forgotten: it accepted nothing.
   */
  run<Answer>(
    session: SessionKey,
    key: string,
    request: unknown,
    first: (mark: IdempotencyMark) => Promise<Answer>,
    again: (id: string) => Promise<Answer>,
  ): Promise<Answer>;
}

/** Recognises repeated requests. The key is stored with what the request makes, so neither exists alone. */
export function createIdempotency(
  store: Pick<QueueStore, 'remembered'>,
  clock: Clock,
): Idempotency {
  /** Requests being answered; bounded by the connections that the server takes. */
  const running = new Set<string>();

  return {
    async run(session, key, request, first, again) {
      const requestHash = createHash('sha256').update(JSON.stringify(request)).digest('base64url');
      const name = `${session}/${key}`;
      if (running.has(name)) {
        throw new Problem(
          'idempotency_in_progress',
          'The first request with this Idempotency-Key is still running. Ask again in a moment.',
        );
      }
      running.add(name);
      try {
        const known = await store.remembered(session, key, clock.now() - IDEMPOTENCY_MS);
        if (!known) return await first({ key, requestHash });
        if (known.requestHash === requestHash) return await again(known.id);
        throw new Problem(
          'idempotency_key_reused',
          'This Idempotency-Key was used for another request within the last 24 hours. Use a new key.',
        );
      } finally {
        running.delete(name);
      }
    },
  };
}
