import { readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../kernel/logger.ts';
import type { WhatsApp } from '../whatsapp/port.ts';
import { SESSION_ID } from './params.ts';
import type { SessionRecord, SessionStore } from './store.ts';

const NOTHING = { events: [], deliveries: [] };

export interface FolderImportDeps {
  readonly dataDir: string;
  readonly workspaceId: string;
  readonly store: SessionStore;
  readonly whatsapp: WhatsApp;
  readonly nowMs: number;
  readonly logger: Logger;
}

/**
 * Takes over the pairings of gateways that keep a Baileys multi-file folder per session: each
 * `DATA_DIR/<id>/creds.json` becomes a session. A folder that was taken over is renamed to
 * `<id>.imported`, which is no session id, so that a deleted session does not come back. Folders of
 * sessions that are paired already, and those that cannot be read, stay untouched; the log names them.
 * Safe to repeat: the credentials come last, so a session is unpaired until all of it was taken over.
 */
export async function importFolders(deps: FolderImportDeps): Promise<number> {
  const known = new Map(
    (await deps.store.all())
      .filter((record) => record.workspaceId === deps.workspaceId)
      .map((record) => [record.id, record]),
  );
  let imported = 0;
  for (const id of await candidates(deps.dataDir)) {
    if (await importOne(id, known.get(id) ?? null, deps)) imported++;
  }
  return imported;
}

async function candidates(dataDir: string): Promise<string[]> {
  const ids: string[] = [];
  for (const entry of await readdir(dataDir, { withFileTypes: true })) {
    if (!entry.isDirectory() || !SESSION_ID.test(entry.name)) continue;
    const creds = await stat(join(dataDir, entry.name, 'creds.json')).catch(() => null);
    if (creds?.isFile()) ids.push(entry.name);
  }
  return ids.sort();
}

async function importOne(
  id: string,
  existing: SessionRecord | null,
  deps: FolderImportDeps,
): Promise<boolean> {
  const { dataDir, store, whatsapp, logger } = deps;
  const folder = join(dataDir, id);
  const record = existing ?? (await store.create(deps.workspaceId, id, deps.nowMs));
  const device = { key: record.key, sessionId: id };
  if (existing && (await whatsapp.identity(device)) !== 'none') {
    logger.warn({ session: id }, 'auth folder not imported: the session is paired already');
    return false;
  }
  const taken = await whatsapp.importFolder(device, folder).catch((error: unknown) => {
    logger.error({ err: error, session: id }, 'auth folder could not be read');
    return false;
  });
  if (!taken) {
    logger.error({ session: id }, 'auth folder not imported: it holds no usable credentials');
    await whatsapp.forget(device);
    if (!existing) await store.remove(record.key, NOTHING);
    return false;
  }
  await store.update(record.key, { desired: 'running', terminal: null }, NOTHING);
  await setAside(folder, deps);
  logger.info({ session: id }, 'auth folder imported');
  return true;
}

/** A folder that cannot be renamed costs a warning at each start, not the start. */
async function setAside(folder: string, { nowMs, logger }: FolderImportDeps): Promise<void> {
  const done = `${folder}.imported`;
  await rename(folder, done)
    .catch(() => rename(folder, `${done}-${nowMs}`))
    .catch((error: unknown) => {
      logger.warn(
        { err: error, folder },
        'an imported auth folder could not be renamed; remove it',
      );
    });
}
