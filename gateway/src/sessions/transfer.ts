import { z } from 'zod';
import { Problem } from '../kernel/errors.ts';
import type { Random } from '../kernel/random.ts';
import type { WhatsApp } from '../whatsapp/port.ts';
import { openExport, sealExport } from './export-file.ts';
import { statusWord } from './state.ts';
import type { SessionRecord } from './store.ts';
import type { Sessions } from './supervisor.ts';
import type { SessionView } from './view.ts';

/** How long a session that went back to earlier credentials is waited for. */
const START_WAIT_MS = 10_000;

/** What a file holds: who the session is, and its device as the adapter copied it. */
const contents = z.object({
  phone: z.string().nullable(),
  lid: z.string().nullable(),
  pushName: z.string().nullable(),
  device: z.base64(),
});

/** Moves sessions between gateways, and saves what can be saved of damaged ones. */
export interface Transfers {
  /**
   * A session as one sealed file. Throws `session_not_found`, `session_running` (two gateways with one
   * identity throw each other out) and `nothing_to_export`.
   */
  export(workspaceId: string, id: string, passphrase: string): Promise<Uint8Array>;
  /**
   * Goes back to the credentials from before the last save and starts the session. Throws
   * `session_not_found` and `nothing_to_restore`: also when the credentials are not damaged, because
   * WhatsApp has moved on with them.
   */
  restore(workspaceId: string, id: string): Promise<SessionView>;
  /**
   * Makes a session of a file; it stands still until it is started. Throws `session_exists`,
   * `import_unreadable` or `passphrase_wrong`, and then nothing of it is left.
   */
  import(
    workspaceId: string,
    id: string,
    file: Uint8Array,
    passphrase: string,
  ): Promise<SessionView>;
}

export interface TransferDeps {
  readonly sessions: Pick<Sessions, 'resolve' | 'adopt' | 'start'>;
  readonly whatsapp: Pick<WhatsApp, 'copy' | 'paste' | 'restore'>;
  readonly random: Random;
}

/** Moves sessions between gateways. */
export function createTransfers({ sessions, whatsapp, random }: TransferDeps): Transfers {
  return {
    async export(workspaceId, id, passphrase) {
      const { record, state } = sessions.resolve(workspaceId, id);
      if (statusWord(state) !== 'close') throw running(record);
      const device = await whatsapp.copy({ key: record.key, sessionId: id });
      if (!device) throw nothingToExport(record);
      const { phone, lid, pushName } = record;
      const text = JSON.stringify({
        phone,
        lid,
        pushName,
        device: Buffer.from(device).toString('base64'),
      });
      return sealExport(Buffer.from(text), passphrase, random);
    },
    async restore(workspaceId, id) {
      const { record, state } = sessions.resolve(workspaceId, id);
      if (state.name !== 'auth_corrupt') throw undamaged(record);
      if (!(await whatsapp.restore({ key: record.key, sessionId: id }))) {
        throw nothingToRestore(record);
      }
      return sessions.start(workspaceId, id, START_WAIT_MS);
    },
    async import(workspaceId, id, file, passphrase) {
      const opened = await openExport(file, passphrase);
      if (opened.kind === 'unknown') throw unreadable();
      if (opened.kind === 'closed') throw wrongPassphrase();
      const read = contents.safeParse(jsonOf(opened.content));
      if (!read.success) throw unreadable();
      const { device, ...known } = read.data;
      return sessions.adopt(workspaceId, id, known, async (record) => {
        const ref = { key: record.key, sessionId: id };
        if (!(await whatsapp.paste(ref, Buffer.from(device, 'base64')))) throw unreadable();
      });
    },
  };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return null;
  }
}

const running = ({ id }: SessionRecord) =>
  new Problem(
    'session_running',
    `Stop the session first (POST /sessions/${id}/stop): what is exported while it runs is old at once.`,
  );

const nothingToExport = ({ id }: SessionRecord) =>
  new Problem(
    'nothing_to_export',
    `The session "${id}" has no credentials of a paired device that can be read.`,
  );

const undamaged = ({ id }: SessionRecord) =>
  new Problem(
    'nothing_to_restore',
    `The session "${id}" is not in the state "auth_corrupt": its credentials are not damaged.`,
  );

const nothingToRestore = ({ id }: SessionRecord) =>
  new Problem(
    'nothing_to_restore',
    `The credentials of "${id}" from before cannot be read either. Restore a backup, or delete the session and pair again.`,
  );

const unreadable = () =>
  new Problem(
    'import_unreadable',
    'The file is no export of a session, or a newer gateway made it.',
  );

const wrongPassphrase = () =>
  new Problem('passphrase_wrong', 'The passphrase does not open the file, or the file is damaged.');
