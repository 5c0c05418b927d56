import type { Config } from '../config/config.ts';
import type { Logger } from '../kernel/logger.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { Storage } from '../storage/port.ts';
import { startRetention } from '../storage/retention.ts';
import { clock } from './system.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Rows beyond these go even when they are young, so that a flood cannot fill the disk. */
const MAX_EVENTS = 5_000_000;
/** Rows that retention removes in one transaction. */
const RETENTION_STEP = 500;

/** What runs by the hour so that the disk does not fill up. */
export function composeRetention(
  storage: Storage,
  files: readonly { sweep(keys: readonly SessionKey[]): Promise<number> }[],
  config: Config,
  logger: Logger,
) {
  const { events, messages } = config.retentionDays;
  const before = (days: number) => clock.now() - days * DAY_MS;
  return startRetention({
    clock,
    logger,
    chores: [
      {
        name: 'events',
        step: () =>
          storage.events.prune({ beforeMs: before(events), keepRows: MAX_EVENTS }, RETENTION_STEP),
      },
      { name: 'messages', step: () => storage.messages.prune(before(messages), RETENTION_STEP) },
      { name: 'bulk sends', step: () => storage.bulks.prune(before(messages), RETENTION_STEP) },
      {
        name: 'media',
        step: async () => {
          const keys = (await storage.sessions.all()).map(({ key }) => key);
          const removed = await Promise.all(files.map((keeper) => keeper.sweep(keys)));
          return removed.reduce((sum, count) => sum + count, 0);
        },
      },
    ],
  });
}
