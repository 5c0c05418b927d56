import type { EventBatch } from '../../events/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { Connection } from './connection.ts';
import type { Purger } from './purge.ts';
import type { Sealer } from './sealer.ts';

/** What every store of this driver is made of. */
export interface SqliteContext {
  /** Statements on this connection run inside `write` only. */
  readonly writer: Connection;
  /** Sees what is committed, on disk or not yet; refuses to write. */
  readonly reader: Connection;
  /** Runs synchronous work in the next transaction; resolves when it is on disk. See `Writer.write`. */
  readonly write: <T>(work: () => T, committed?: (value: T) => void) => Promise<T>;
  /** Runs synchronous reads at once, all on one snapshot. */
  readonly read: <T>(work: () => T) => Promise<T>;
  /** Like `read`, of what is on disk: for what is given out under numbers that must not come again. */
  readonly readKept: <T>(work: () => T) => Promise<T>;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly purger: Purger;
  /** Within a write: events and their deliveries join the running transaction. */
  readonly insertBatch: (batch: EventBatch) => void;
  /** Within a write: throws the problem `session_not_found` when the session is gone. */
  readonly requireSession: (key: SessionKey) => void;
}
