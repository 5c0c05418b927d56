import { join } from 'node:path';
import { DEFAULT_WORKSPACE } from '../../http/workspace.ts';
import type { CredentialsReport, DatabaseFiles } from '../database.ts';
import { type Finding, fail, ok } from './finding.ts';

/** So many sessions are named in one line; of the others it says how many they are. */
const MAX_NAMED = 10;

/** Whether the credentials of each session open with the data key that is set. Reads, and changes nothing. */
export function checkSessions(
  dataDir: string,
  database: DatabaseFiles,
  dataKey: Uint8Array | null,
): Finding[] {
  try {
    return judgeSessions(database.credentials(join(dataDir, database.name), dataKey));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const todo = 'Set the DATA_KEY the database was made with; without it no session opens again.';
    return [fail('sessions', `no credentials can be opened: ${reason.replace(/\.$/, '')}`, todo)];
  }
}

/** What the operator has to know of the sessions' credentials. Pure. */
export function judgeSessions(sessions: readonly CredentialsReport[]): Finding[] {
  const savable = sessions.filter(({ state }) => state === 'previous_intact');
  const lost = sessions.filter(({ state }) => state === 'lost');
  const paired = sessions.filter(({ state }) => state !== 'none').length;
  if (savable.length + lost.length === 0) {
    return [ok('sessions', `${sessions.length}; the credentials of ${paired} open`)];
  }
  return [
    ...finding(
      savable,
      'are damaged; those from before the last save are intact',
      'Go back to these, while the service runs: POST /sessions/<id>/restore-credentials',
    ),
    ...finding(
      lost,
      'are damaged, and so are those from before the last save',
      'Restore a backup, or remove the session (DELETE /sessions/<id>) and pair its number again.',
    ),
  ];
}

function finding(damaged: readonly CredentialsReport[], what: string, todo: string): Finding[] {
  if (damaged.length === 0) return [];
  const names = damaged.slice(0, MAX_NAMED).map(nameOf);
  const more = damaged.length - names.length;
  const who = names.join(', ') + (more > 0 ? ` and ${more} more` : '');
  return [fail('sessions', `the credentials of ${who} ${what}`, todo)];
}

const nameOf = ({ workspaceId, id }: CredentialsReport): string =>
  workspaceId === DEFAULT_WORKSPACE ? id : `${workspaceId}/${id}`;
