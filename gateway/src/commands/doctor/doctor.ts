import type { DatabaseFiles } from '../database.ts';
import type { Finding } from './finding.ts';
import { judgeNode } from './judge.ts';
import { checkConverter, checkDatabase, checkDisk, checkModes } from './local.ts';
import {
  checkPublicUrl,
  checkReceiver,
  checkWhatsApp,
  type NetworkDeps,
  type Receiver,
} from './network.ts';
import { checkSessions } from './sessions.ts';

export interface DoctorDeps extends NetworkDeps {
  readonly dataDir: string;
  readonly database: DatabaseFiles;
  /** 32 bytes; null where nothing is encrypted. */
  readonly dataKey: Uint8Array | null;
  readonly nodeVersion: string;
  /** The program that converts media. */
  readonly converter: string;
  readonly whatsapp: { readonly url: string; readonly simulated: boolean };
  /** Receivers that the environment names. */
  readonly receivers: readonly Receiver[];
  readonly publicUrl: string | null;
}

/** Registered endpoints that are asked; a service may have thousands. */
const MAX_ENDPOINTS = 50;

/** Checks what the service needs, beside it or without it; changes nothing. Never rejects for what it finds. */
export async function examine(deps: DoctorDeps): Promise<Finding[]> {
  const { dataDir, database, dataKey, whatsapp } = deps;
  const { finding, report } = await checkDatabase(dataDir, database, dataKey !== null);
  const sessions =
    finding.verdict === 'fail' || report === null ? [] : checkSessions(dataDir, database, dataKey);
  const registered = (report?.endpoints ?? [])
    .slice(0, MAX_ENDPOINTS)
    .map(({ id, url }) => ({ name: id, url, trusted: false }));
  const receivers = [...deps.receivers, ...registered];
  const [disk, modes, upstream, hooks, publicUrl, converter] = await Promise.all([
    checkDisk(dataDir),
    checkModes(dataDir, database),
    checkWhatsApp(whatsapp.url, whatsapp.simulated, deps),
    Promise.all(receivers.map((receiver) => checkReceiver(receiver, deps))),
    checkPublicUrl(deps.publicUrl, deps),
    checkConverter(deps.converter),
  ]);
  const node = judgeNode(deps.nodeVersion);
  return [
    node,
    ...disk,
    finding,
    ...sessions,
    ...modes,
    ...upstream,
    ...hooks,
    publicUrl,
    converter,
  ];
}
