import type { Reading } from './metrics.ts';

/** What is asked of the sessions. */
interface SessionFigures {
  countsByState(): Readonly<Record<string, number>>;
}

/** What is asked of the storage. */
interface StorageFigures {
  stats(): {
    readonly writes: number;
    readonly commits: number;
    readonly failures: number;
    readonly waiting: number;
  };
}

/** What the parts tell Prometheus about themselves. */
export function readingsOf(sessions: SessionFigures, storage: StorageFigures): Reading[] {
  const storageFigure = (name: string, help: string, read: () => number): Reading => ({
    name,
    help,
    label: null,
    read: () => ({ '': read() }),
  });
  return [
    {
      name: 'sessions',
      help: 'Sessions by state',
      label: 'state',
      read: () => sessions.countsByState(),
    },
    storageFigure('storage_writes_total', 'Writes committed', () => storage.stats().writes),
    storageFigure(
      'storage_commits_total',
      'Transactions that carried them',
      () => storage.stats().commits,
    ),
    storageFigure(
      'storage_failures_total',
      'Operations the disk refused',
      () => storage.stats().failures,
    ),
    storageFigure(
      'storage_waiting',
      'Writes waiting for a transaction',
      () => storage.stats().waiting,
    ),
  ];
}
