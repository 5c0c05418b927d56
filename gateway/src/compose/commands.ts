import { inspect } from 'node:util';
import { backUp } from '../commands/backup.ts';
import { examine } from '../commands/doctor/doctor.ts';
import { asJson, asText, worst } from '../commands/doctor/finding.ts';
import { CommandFailed } from '../commands/failure.ts';
import { finishRestore, restore } from '../commands/restore.ts';
import type { Config } from '../config/config.ts';
import { VERSION } from '../kernel/version.ts';
import { createOutbound } from '../net/outbound.ts';
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

/** `whatsapp-gateway doctor`. */
export async function runDoctor(config: Config, asJsonText: boolean): Promise<CommandResult> {
  const outbound = createOutbound({ allow: config.outboundAllow, clock });
  const { messagesUrl, statusUrl } = config.webhooks;
  const receivers = [
    { name: 'WEBHOOK_URL', url: messagesUrl },
    { name: 'WEBHOOK_STATUS_URL', url: statusUrl },
  ].flatMap(({ name, url }) => (url === null ? [] : [{ name, url, trusted: true }]));
  try {
    const findings = await examine({
      ask: outbound.request,
      clock,
      dataDir: config.dataDir,
      database: sqliteFiles,
      dataKey: config.dataKey,
      nodeVersion: process.versions.node,
      converter: 'ffmpeg',
      whatsapp: config.whatsapp,
      receivers,
      publicUrl: config.publicUrl,
    });
    return {
      text: asJsonText ? asJson(findings) : asText(findings),
      exitCode: worst(findings) === 'fail' ? 1 : 0,
    };
  } finally {
    await outbound.close();
  }
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
