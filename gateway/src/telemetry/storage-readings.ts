import type { Reading } from './metrics.ts';

/** What is asked of the storage. */
interface StorageFigures {
  stats(): {
    readonly writes: number;
    readonly commits: number;
    readonly commitMs: number;
    readonly failures: number;
    readonly waiting: number;
    readonly bytes: number;
  };
}

/** How the storage keeps up. The mean time of a commit is one rate over the other. */
export function storageReadings(storage: StorageFigures): Reading[] {
  const figure = (name: string, help: string, read: () => number): Reading => ({
    name,
    help,
    label: null,
    read: () => ({ '': read() }),
  });
  return [
    figure('storage_writes_total', 'Writes committed', () => storage.stats().writes),
    figure(
      'storage_commits_total',
      'Transactions that carried them',
      () => storage.stats().commits,
    ),
    figure(
      'storage_commit_seconds_total',
      'Time spent in these transactions, reaching the disk included',
      () => storage.stats().commitMs / 1000,
    ),
    figure('storage_failures_total', 'Operations the disk refused', () => storage.stats().failures),
    figure(
      'storage_waiting',
      'Writes waiting for a transaction or for the disk',
      () => storage.stats().waiting,
    ),
    figure(
      'storage_bytes',
      'Size of the database and its write-ahead log on disk',
      () => storage.stats().bytes,
    ),
  ];
}
