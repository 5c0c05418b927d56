import type { SignalCreds } from 'baileys';
import type { Logger } from '../../kernel/logger.ts';
import type { JournalDraft, RecordWrite } from '../store.ts';
import { senderKeyId, signalAddress } from './jid.ts';
import type { KeyedLock } from './keyed-lock.ts';
import type { Records } from './records.ts';
import { isBeforeStart, noteStart } from './sender-key-start.ts';
import type { HeldSessions, SessionShelf } from './session-shelf.ts';
import * as bridge from './signal-bridge.ts';
import { SignalOperation } from './signal-storage.ts';

/** A payload as it came: from a device, or from a device to a group. */
export type SealedPayload =
  | {
      readonly kind: 'direct';
      readonly author: string;
      readonly type: 'pkmsg' | 'msg';
      readonly ciphertext: Uint8Array;
    }
  | {
      readonly kind: 'group';
      readonly group: string;
      readonly author: string;
      readonly ciphertext: Uint8Array;
    };

export type Opened =
  | {
      readonly kind: 'plaintext';
      readonly plaintext: Uint8Array;
      /** See `Arrival`. */
      readonly isComplete: boolean;
    }
  | { readonly kind: 'unreadable'; readonly error: unknown };

/** What a decrypted payload brings besides the plaintext; written in the ratchet's own transaction. */
export interface Arrival {
  readonly journal: JournalDraft | null;
  readonly records: readonly RecordWrite[];
  /** A sender key in it. */
  readonly senderKey: {
    readonly group: string;
    readonly author: string;
    readonly distribution: Uint8Array;
  } | null;
  /** Whether nothing is left to do for the payload after the commit but to send the receipt. */
  readonly isComplete: boolean;
}

/** Looks into what was decrypted before it is committed, and hears when it was. */
export interface ArrivalDesk {
  inspect(ciphertext: Uint8Array, plaintext: Uint8Array): Arrival;
  /** Called after the commit, in the order of the payloads, with the id of the payload's row. */
  committed(ciphertext: Uint8Array, journalId: number): void;
  /** Called when a payload cannot be decrypted; the library then asks for the message again. */
  unreadable(ciphertext: Uint8Array, error: unknown): void;
  /** Called when a decryption that the library asked for is over, however it ended. */
  left(ciphertext: Uint8Array): void;
}

export interface DecryptionDeps {
  readonly records: Records;
  readonly creds: SignalCreds;
  readonly shelf: SessionShelf;
  /** One turn at a time per group and author; held after the locks of sessions, never before. */
  readonly senderKeys: KeyedLock;
  readonly desk: ArrivalDesk;
  readonly logger: Logger;
}

/**
 * Plaintext of a message that was decrypted before: one byte of padding around nothing. Its first
 * decryption was committed together with its journal row, so all that is missing is the receipt, which
 * the library sends for any plaintext. An error instead would make it tell WhatsApp that the message
 * cannot be read.
 */
const NOTHING_NEW = Uint8Array.of(1);

/**
 * Decrypts payloads, in the order given, and commits all of it (ratchets, used pre-keys, keys that came
 * along, journal rows) in one transaction before anybody sees a plaintext. Rejects with `StorageFailure`,
 * and then nothing was kept; a payload that cannot be read leaves no trace and hinders no other.
 */
export class Decryption {
  readonly #deps: DecryptionDeps;

  constructor(deps: DecryptionDeps) {
    this.#deps = deps;
  }

  /** `ask`: whether WhatsApp may be asked for LIDs that are not known. */
  async run(payloads: readonly SealedPayload[], ask: boolean): Promise<Opened[]> {
    const { shelf, senderKeys, records, creds } = this.#deps;
    const direct = payloads.filter(({ kind }) => kind === 'direct');
    const groups = payloads.flatMap((payload) =>
      payload.kind === 'group' ? [keyIdOf(payload)] : [],
    );
    const sessions = await shelf.hold(
      direct.map(({ author }) => author),
      ask,
    );
    const releases = [sessions.release];
    try {
      releases.push(await senderKeys.takeAll(groups));
      const batch = new Batch(new SignalOperation(records, creds), new Set(groups), releases);
      const opened: Opened[] = [];
      for (const payload of payloads) opened.push(await this.#open(payload, sessions, batch));
      await this.#commit(batch);
      return opened;
    } finally {
      for (const release of releases) release();
    }
  }

  async #commit({ operation, records, rows }: Batch): Promise<void> {
    const [first, ...further] = rows.map(({ draft }) => draft);
    const firstId = await this.#deps.records.commit({
      records: [...operation.writes(), ...records],
      ...(first ? { journal: first } : {}),
      ...(further.length > 0 ? { furtherJournal: further } : {}),
    });
    if (firstId === null) return;
    for (const [offset, { ciphertext }] of rows.entries()) {
      this.#deps.desk.committed(ciphertext, firstId + offset);
    }
  }

  async #open(payload: SealedPayload, sessions: HeldSessions, batch: Batch): Promise<Opened> {
    const step = batch.operation.fork();
    const { ciphertext } = payload;
    let plaintext: Uint8Array;
    try {
      plaintext = await this.#decrypt(payload, sessions, step);
    } catch (error) {
      if (step.failure) throw step.failure;
      const isOld = error instanceof bridge.SignalError && error.duplicate;
      return isOld && !(await this.#isMissed(payload))
        ? { kind: 'plaintext', plaintext: NOTHING_NEW, isComplete: false }
        : { kind: 'unreadable', error };
    }
    const { journal, records, senderKey, isComplete } = this.#deps.desk.inspect(
      ciphertext,
      plaintext,
    );
    // Sender keys belong into one-to-one payloads. Those in group messages are left to the library.
    if (senderKey && payload.kind === 'direct') await this.#accept(senderKey, step, batch);
    batch.operation.absorb(step);
    batch.records.push(...records);
    if (journal) batch.rows.push({ ciphertext, draft: journal });
    return { kind: 'plaintext', plaintext, isComplete };
  }

  #decrypt(payload: SealedPayload, sessions: HeldSessions, step: SignalOperation) {
    const { author, ciphertext } = payload;
    return payload.kind === 'direct'
      ? bridge.decrypt(step, sessions.address(author), payload.type, ciphertext)
      : bridge.decryptForGroup(step, payload.group, signalAddress(author), ciphertext);
  }

  /** A group message from before our key begins looks like one we had. */
  async #isMissed(payload: SealedPayload): Promise<boolean> {
    return (
      payload.kind === 'group' &&
      isBeforeStart(this.#deps.records, keyIdOf(payload), payload.ciphertext)
    );
  }

  /** A sender key that cannot be read costs the group's messages, not the message it came with. */
  async #accept(
    senderKey: NonNullable<Arrival['senderKey']>,
    step: SignalOperation,
    batch: Batch,
  ): Promise<void> {
    const id = keyIdOf(senderKey);
    if (!batch.heldKeys.has(id)) {
      batch.releases.push(await this.#deps.senderKeys.take(id));
      batch.heldKeys.add(id);
    }
    try {
      await acceptSenderKey(step, senderKey);
    } catch (error) {
      if (step.failure) throw step.failure;
      this.#deps.logger.warn({ err: error }, 'a sender key could not be read');
    }
  }
}

/** Keeps another member's sender key, and where it begins. */
export async function acceptSenderKey(
  operation: SignalOperation,
  senderKey: NonNullable<Arrival['senderKey']>,
): Promise<void> {
  const { group, author, distribution } = senderKey;
  await bridge.acceptSenderKey(operation, group, signalAddress(author), distribution);
  operation.add(await noteStart(operation, keyIdOf(senderKey), distribution));
}

/** What one run has gathered for its transaction. */
class Batch {
  readonly operation: SignalOperation;
  readonly heldKeys: Set<string>;
  readonly releases: (() => void)[];
  readonly records: RecordWrite[] = [];
  readonly rows: { readonly ciphertext: Uint8Array; readonly draft: JournalDraft }[] = [];

  constructor(operation: SignalOperation, heldKeys: Set<string>, releases: (() => void)[]) {
    this.operation = operation;
    this.heldKeys = heldKeys;
    this.releases = releases;
  }
}

function keyIdOf({ group, author }: { readonly group: string; readonly author: string }): string {
  return senderKeyId(group, signalAddress(author));
}
