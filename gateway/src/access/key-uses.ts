import type { Clock, Timer } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { KeyRecord, KeyStore } from './store.ts';

/** A key in use is noted this often; finer is of no use to anybody. */
const RESOLUTION_MS = 60_000;
const FLUSH_AFTER_MS = 10_000;

/** Notes when keys were last used, many at once and off the request's way. */
export interface KeyUses {
  note(key: KeyRecord): void;
  /** Writes what is noted and stops. */
  close(): Promise<void>;
}

export interface KeyUsesDeps {
  readonly store: Pick<KeyStore, 'touchKeys'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** At most one entry per key waits, so memory is bounded by the number of keys. */
export function createKeyUses({ store, clock, logger }: KeyUsesDeps): KeyUses {
  let waiting = new Map<string, number>();
  let timer: Timer | null = null;

  async function flush(): Promise<void> {
    timer?.cancel();
    timer = null;
    if (waiting.size === 0) return;
    const uses = [...waiting].map(([keyId, atMs]) => ({ keyId, atMs }));
    waiting = new Map();
    try {
      await store.touchKeys(uses);
    } catch (error) {
      // Of no consequence: the next use is noted again.
      logger.debug({ err: error }, 'uses of keys were not noted');
    }
  }

  return {
    note(key) {
      const nowMs = clock.now();
      if (nowMs - (key.lastUsedAtMs ?? 0) < RESOLUTION_MS) return;
      waiting.set(key.id, nowMs);
      timer ??= clock.after(FLUSH_AFTER_MS, () => void flush());
    },
    close: flush,
  };
}
