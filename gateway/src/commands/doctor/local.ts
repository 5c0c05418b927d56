import { spawn } from 'node:child_process';
import { open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ifThere } from '../copying.ts';
import type { DatabaseFiles, DatabaseReport } from '../database.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { judgeModes, judgeSpace } from './judge.ts';

/** Files that hold keys, and the folder around them. */
const PRIVATE = ['', 'operator.key', 'media-link.key'];
const OTHERS = 0o077;

/** Whether DATA_DIR can be written to, and has room. Leaves nothing behind. */
export async function checkDisk(dataDir: string): Promise<Finding[]> {
  const place = await nearest(dataDir);
  const probe = join(place, `.doctor-${process.pid}`);
  const findings: Finding[] = [];
  try {
    const handle = await open(probe, 'wx', 0o600);
    await handle.close();
    findings.push(ok('data folder', `${dataDir} can be written to`));
  } catch (error) {
    findings.push(
      fail(
        'data folder',
        `${dataDir} cannot be written to: ${reasonOf(error)}`,
        `Give the user of this process the folder: chown -R ${process.getuid?.() ?? 'user'} ${dataDir}`,
      ),
    );
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
  const { bavail, bsize } = await statfs(place);
  return [...findings, judgeSpace(bavail * bsize)];
}

/** The folder itself, or the first one above it that is there. */
async function nearest(folder: string): Promise<string> {
  const found = await ifThere(stat(folder)).catch(() => null);
  return found?.isDirectory() || dirname(folder) === folder ? folder : nearest(dirname(folder));
}

/** Whether the database is sound; with what it says of itself, null when it cannot be read or is not there. */
export async function checkDatabase(
  dataDir: string,
  database: DatabaseFiles,
  hasDataKey: boolean,
): Promise<{ readonly finding: Finding; readonly report: DatabaseReport | null }> {
  const file = join(dataDir, database.name);
  const check = 'database';
  if ((await ifThere(stat(file)).catch(() => null)) === null) {
    return { finding: ok(check, 'none yet; the first start makes it'), report: null };
  }
  try {
    const report = database.inspect(file);
    return { finding: judgeDatabase(report, database.newestSchema, hasDataKey), report };
  } catch (error) {
    const todo = 'Restore a backup: whatsapp-gateway restore <folder> --replace';
    return { finding: fail(check, `cannot be read: ${reasonOf(error)}`, todo), report: null };
  }
}

/** What a database report means for this program and its settings. */
export function judgeDatabase(
  report: DatabaseReport,
  newestSchema: number,
  hasDataKey: boolean,
): Finding {
  const check = 'database';
  const { schema, encrypted, faults } = report;
  if (faults.length > 0) {
    return fail(
      check,
      `damaged: ${faults[0]}`,
      'Stop the service and restore a backup: whatsapp-gateway restore <folder> --replace',
    );
  }
  if (schema > newestSchema) {
    return fail(
      check,
      `has schema ${schema}, this version knows ${newestSchema}`,
      'Run the newer version again.',
    );
  }
  if (encrypted && !hasDataKey) {
    return fail(
      check,
      'is encrypted, and DATA_KEY is not set',
      'Set the DATA_KEY it was made with.',
    );
  }
  if (!encrypted && hasDataKey) {
    return fail(
      check,
      'DATA_KEY is set, but the database was made without one',
      'Remove DATA_KEY, or begin with an empty DATA_DIR.',
    );
  }
  return ok(check, `sound, schema ${schema}${encrypted ? ', encrypted' : ''}`);
}

/** Whether the files that hold keys are closed to others. */
export async function checkModes(dataDir: string, database: DatabaseFiles): Promise<Finding[]> {
  if (process.platform === 'win32') return [];
  const exposed: string[] = [];
  for (const name of [...PRIVATE, database.name]) {
    const found = await ifThere(stat(join(dataDir, name))).catch(() => null);
    if (found && (found.mode & OTHERS) !== 0) exposed.push(name === '' ? 'DATA_DIR' : name);
  }
  return [judgeModes(exposed)];
}

/** Whether voice notes and films can be converted. */
export function checkConverter(command: string): Promise<Finding> {
  return new Promise((resolve) => {
    const child = spawn(command, ['-version'], { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(0, 200);
    });
    const missing = () =>
      resolve(
        warn(
          'ffmpeg',
          'not found in the PATH',
          'Install ffmpeg if you send voice notes or films that need converting; all else works without.',
        ),
      );
    child.on('error', missing);
    child.on('close', (code) => {
      if (code !== 0) return missing();
      resolve(ok('ffmpeg', /version (\S+)/.exec(output)?.[1] ?? 'found'));
    });
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
