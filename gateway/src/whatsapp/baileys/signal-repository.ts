import type { SignalCreds, SignalRepositoryWithLIDStore } from 'baileys';
import type { Logger } from '../../kernel/logger.ts';
import type { JournalDraft, RecordWrite } from '../store.ts';
import { addressKey, type SignalAddress, senderKeyId, signalAddress } from './jid.ts';
import { KeyedLock } from './keyed-lock.ts';
import type { AskForLids, LidMapping } from './lid-mapping.ts';
import type { Records } from './records.ts';
import { isBeforeStart, noteStart } from './sender-key-start.ts';
import { type Migration, SessionShelf } from './session-shelf.ts';
import * as bridge from './signal-bridge.ts';
import { hasOpenSession, type SessionInfo, sessionInfo } from './signal-record.ts';
import { type PreKeyBundle, SignalOperation } from './signal-storage.ts';

/** What a decrypted payload brings besides the plaintext; written in the ratchet's own transaction. */
export interface Arrival {
  readonly journal: JournalDraft | null;
  readonly records: readonly RecordWrite[];
  /** A sender key in it, to be kept under the group's lock in the same transaction. */
  readonly senderKey: {
    readonly group: string;
    readonly author: string;
    readonly distribution: Uint8Array;
  } | null;
}

type SenderKey = NonNullable<Arrival['senderKey']>;

/** Looks into what was decrypted before it is committed, and hears when it was. */
export interface ArrivalDesk {
  inspect(ciphertext: Uint8Array, plaintext: Uint8Array): Arrival;
  /** Called after the commit, in the order of the commits of one peer. */
  committed(ciphertext: Uint8Array, journalId: number | null): void;
  /** Called when a decryption is over, however it ended. */
  left(ciphertext: Uint8Array): void;
}

export interface SignalRepositoryDeps {
  readonly records: Records;
  readonly creds: SignalCreds;
  readonly lidMapping: LidMapping;
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
 * The Signal layer of one device, on the WASM bridge, with the records in the device's storage.
 *
 * - A plaintext is returned only when ratchet and journal row are committed in one transaction; a
 *   ciphertext only when the advanced ratchet is, so that no message key is ever used twice.
 * - Each peer address has its own lock. The library's way (a snapshot of the records, committed at the
 *   end of a send) rolls ratchets back when sending and receiving overlap, and is not used.
 * - Sessions are filed under the LID of a person as soon as it is known.
 */
export class SignalRepository {
  readonly #deps: SignalRepositoryDeps;
  readonly #shelf: SessionShelf;
  /** One turn at a time per group and author. */
  readonly #senderKeys = new KeyedLock();

  constructor(deps: SignalRepositoryDeps) {
    this.#deps = deps;
    this.#shelf = new SessionShelf(deps.records, deps.creds, deps.lidMapping);
  }

  /** Resolves when no operation is running. */
  async idle(): Promise<void> {
    await this.#shelf.idle();
    await this.#senderKeys.idle();
  }

  decryptMessage(input: { jid: string; type: 'pkmsg' | 'msg'; ciphertext: Uint8Array }) {
    const { jid, type, ciphertext } = input;
    return this.#shelf
      .use(jid, (address) =>
        this.#decrypt(
          ciphertext,
          (storage) => bridge.decrypt(storage, address, type, ciphertext),
          (storage, senderKey, keep) => this.#withSenderKey(storage, senderKey, keep),
        ),
      )
      .finally(() => this.#deps.desk.left(ciphertext));
  }

  async decryptGroupMessage(input: { group: string; authorJid: string; msg: Uint8Array }) {
    const { group, msg } = input;
    const author = signalAddress(input.authorJid);
    const id = senderKeyId(group, author);
    return this.#senderKeys
      .run(id, () =>
        this.#decrypt(
          msg,
          (storage) => bridge.decryptForGroup(storage, group, author, msg),
          // Sender keys belong into one-to-one payloads. Taking a second lock of this kind here would let
          // anybody in a group stop us with a message that hands out the very key it is encrypted with.
          (_storage, _senderKey, keep) => keep(),
          () => isBeforeStart(this.#deps.records, id, msg),
        ),
      )
      .finally(() => this.#deps.desk.left(msg));
  }

  /** The library calls this again for keys that came in with `decryptMessage`: they are known then. */
  async processSenderKeyDistributionMessage(input: {
    item: {
      groupId?: string | null | undefined;
      axolotlSenderKeyDistributionMessage?: Uint8Array | null | undefined;
    };
    authorJid: string;
  }): Promise<void> {
    const { groupId, axolotlSenderKeyDistributionMessage: distribution } = input.item;
    if (!groupId || !distribution) throw new Error('a sender key needs a group');
    const author = signalAddress(input.authorJid);
    await this.#senderKeys.run(senderKeyId(groupId, author), () =>
      this.#operate((storage) => this.#acceptSenderKey(storage, groupId, author, distribution)),
    );
  }

  encryptMessage(input: { jid: string; data: Uint8Array }): Promise<bridge.Encrypted> {
    return this.#shelf.use(input.jid, (address) =>
      this.#operate((storage) => bridge.encrypt(storage, address, input.data)),
    );
  }

  async encryptGroupMessage(input: { group: string; meId: string; data: Uint8Array }) {
    const own = signalAddress(input.meId);
    return this.#senderKeys.run(senderKeyId(input.group, own), () =>
      this.#operate(async (storage) => ({
        // Before the encryption: who receives the key now must be able to read this very message.
        senderKeyDistributionMessage: await bridge.distributeSenderKey(storage, input.group, own),
        ciphertext: await bridge.encryptForGroup(storage, input.group, own, input.data),
      })),
    );
  }

  async getSenderKeyDistributionMessage(input: { group: string; meId: string }) {
    const own = signalAddress(input.meId);
    return this.#senderKeys.run(senderKeyId(input.group, own), () =>
      this.#operate((storage) => bridge.distributeSenderKey(storage, input.group, own)),
    );
  }

  async hasSenderKey(input: { group: string; meId: string }): Promise<boolean> {
    const id = senderKeyId(input.group, signalAddress(input.meId));
    return (await this.#deps.records.read('sender-key', id)) !== null;
  }

  injectE2ESession(input: { jid: string; session: PreKeyBundle }): Promise<void> {
    return this.#shelf.use(input.jid, (address) =>
      this.#operate((storage) => bridge.startSession(storage, address, input.session)),
    );
  }

  async validateSession(jid: string): Promise<{ exists: boolean; reason?: string }> {
    const record = await this.#shelf.load(jid);
    if (!record) return { exists: false, reason: 'no session' };
    return hasOpenSession(record) ? { exists: true } : { exists: false, reason: 'no open session' };
  }

  async getSessionInfo(jid: string): Promise<SessionInfo | null> {
    const record = await this.#shelf.load(jid);
    return record && sessionInfo(record);
  }

  jidToSignalProtocolAddress(jid: string): string {
    return addressKey(signalAddress(jid));
  }

  async deleteSession(jids: readonly string[]): Promise<void> {
    await this.#shelf.drop(jids.map((jid) => addressKey(signalAddress(jid))));
  }

  /** Deletes sessions by address; see `SessionShelf`. */
  drop(addresses: readonly string[]): Promise<void> {
    return this.#shelf.drop(addresses);
  }

  migrateSession(fromJid: string, toJid: string): Promise<Migration> {
    return this.#shelf.migrate(fromJid, toJid);
  }

  /** The repository as one socket of the library takes it; `ask` is that socket's way to query LIDs. */
  forSocket(ask: AskForLids | undefined): SignalRepositoryWithLIDStore {
    const { lidMapping } = this.#deps;
    const stopAsking = ask && lidMapping.askThrough(ask);
    return {
      lidMapping: lidMapping as unknown as SignalRepositoryWithLIDStore['lidMapping'],
      decryptMessage: (input) => this.decryptMessage(input),
      decryptGroupMessage: (input) => this.decryptGroupMessage(input),
      processSenderKeyDistributionMessage: (input) =>
        this.processSenderKeyDistributionMessage(input),
      encryptMessage: (input) => this.encryptMessage(input),
      encryptGroupMessage: (input) => this.encryptGroupMessage(input),
      getSenderKeyDistributionMessage: (input) => this.getSenderKeyDistributionMessage(input),
      hasSenderKey: (input) => this.hasSenderKey(input),
      getSessionInfo: (jid) => this.getSessionInfo(jid),
      injectE2ESession: (input) => this.injectE2ESession(input),
      validateSession: (jid) => this.validateSession(jid),
      jidToSignalProtocolAddress: (jid) => this.jidToSignalProtocolAddress(jid),
      migrateSession: (fromJid, toJid) => this.migrateSession(fromJid, toJid),
      deleteSession: (jids) => this.deleteSession(jids),
      close: () => stopAsking?.(),
    };
  }

  /** Runs `work`, commits what it changed, and only then hands out its result. */
  async #operate<T>(work: (storage: SignalOperation) => Promise<T>): Promise<T> {
    const storage = new SignalOperation(this.#deps.records, this.#deps.creds);
    const result = await this.#run(storage, work);
    await this.#deps.records.commit({ records: storage.writes() });
    return result;
  }

  async #decrypt(
    ciphertext: Uint8Array,
    work: (storage: SignalOperation) => Promise<Uint8Array>,
    keepWith: (
      storage: SignalOperation,
      senderKey: SenderKey,
      keep: () => Promise<void>,
    ) => Promise<void>,
    isMissed: () => Promise<boolean> = async () => false,
  ): Promise<Uint8Array> {
    const storage = new SignalOperation(this.#deps.records, this.#deps.creds);
    let plaintext: Uint8Array;
    try {
      plaintext = await this.#run(storage, work);
    } catch (error) {
      const isOld = error instanceof bridge.SignalError && error.duplicate;
      if (isOld && !(await isMissed())) return NOTHING_NEW;
      throw error;
    }
    const { desk } = this.#deps;
    const { journal, records, senderKey } = desk.inspect(ciphertext, plaintext);
    const keep = async () => {
      const id = await this.#deps.records.commit({
        records: [...storage.writes(), ...records],
        ...(journal ? { journal } : {}),
      });
      desk.committed(ciphertext, id);
    };
    await (senderKey ? keepWith(storage, senderKey, keep) : keep());
    return plaintext;
  }

  /** A sender key that cannot be read costs the group's messages, not the message it came with. */
  async #withSenderKey(
    storage: SignalOperation,
    senderKey: SenderKey,
    keep: () => Promise<void>,
  ): Promise<void> {
    const { group, distribution } = senderKey;
    const author = signalAddress(senderKey.author);
    await this.#senderKeys.run(senderKeyId(group, author), async () => {
      try {
        await this.#acceptSenderKey(storage, group, author, distribution);
      } catch (error) {
        if (storage.failure) throw storage.failure;
        this.#deps.logger.warn({ err: error }, 'a sender key could not be read');
      }
      await keep();
    });
  }

  async #acceptSenderKey(
    storage: SignalOperation,
    group: string,
    author: SignalAddress,
    distribution: Uint8Array,
  ): Promise<void> {
    await bridge.acceptSenderKey(storage, group, author, distribution);
    const id = senderKeyId(group, author);
    storage.add(await noteStart(this.#deps.records, id, distribution));
  }

  async #run<T>(storage: SignalOperation, work: (storage: SignalOperation) => Promise<T>) {
    try {
      return await work(storage);
    } catch (error) {
      throw storage.failure ?? error;
    }
  }
}
