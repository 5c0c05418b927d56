import { inspect } from 'node:util';
import { backUp } from '../commands/backup.ts';
import { CommandFailed } from '../commands/failure.ts';
import { finishRestore, restore } from '../commands/restore.ts';
import type { Config } from '../config/config.ts';
import { VERSION } from '../kernel/version.ts';
import { StorageRefused } from '../storage/errors.ts';
import { sqliteFiles } from '../storage/sqlite/database-files.ts';
import { clock } from './system.ts';

/** What a command tells the operator, and how the process ends. */
export interface CommandResult {
  readonly text: string;
  readonly exitCode: 0 | 1;
}

/** `whatsapp-gateway backup <folder>`. */
export async function runBackup({ dataDir }: Config, folder: string): Promise<CommandResult> {
  const { files, encrypted } = await backUp(folder, {
    dataDir,
    database: sqliteFiles,
    clock,
    version: VERSION,
  });
  const megabytes = (files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1);
  const lines = [
    `Backed up ${files.length} files, ${megabytes} MB, to ${folder}, and read them again.`,
    encrypted
      ? 'It is of no use without DATA_KEY, which is not in it: keep that key elsewhere.'
      : 'It holds the keys to every number: keep it where nobody else can read it.',
  ];
  return { text: lines.join('\n'), exitCode: 0 };
}

/** `whatsapp-gateway restore <folder>`. */
export async function runRestore(
  { dataDir }: Config,
  folder: string,
  replace: boolean,
): Promise<CommandResult> {
  const { manifest, aside } = await restore(folder, replace, {
    dataDir,
    database: sqliteFiles,
    clock,
  });
  const lines = [
    `Restored ${manifest.files.length} files of ${manifest.createdAt} into ${dataDir}.`,
    ...(aside ? [`What was there before lies in ${aside}; remove it when it is not missed.`] : []),
    ...(manifest.encrypted ? ['Start the service with the DATA_KEY of that time.'] : []),
    'Never run the service on the old data folder again: both would use the same devices.',
  ];
  return { text: lines.join('\n'), exitCode: 0 };
}

/** What stopped a command: a sentence, with a stack only where nobody foresaw it. */
export function explain(error: unknown): string {
  const isForeseen =
    error instanceof CommandFailed ||
    error instanceof StorageRefused ||
    (error instanceof Error && 'code' in error);
  return isForeseen ? error.message : inspect(error);
}

/** To be awaited before the storage is opened. */
export const finishInterruptedRestore = (dataDir: string) => finishRestore(dataDir, sqliteFiles);
