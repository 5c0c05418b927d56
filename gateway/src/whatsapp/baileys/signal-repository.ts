import type { SignalCreds, SignalRepositoryWithLIDStore } from 'baileys';
import type { Logger } from '../../kernel/logger.ts';
import {
  type ArrivalDesk,
  acceptSenderKey,
  Decryption,
  type Opened,
  type SealedPayload,
} from './decryption.ts';
import { addressKey, senderKeyId, signalAddress } from './jid.ts';
import { KeyedLock } from './keyed-lock.ts';
import type { AskForLids, LidMapping } from './lid-mapping.ts';
import type { Records } from './records.ts';
import { type Migration, SessionShelf } from './session-shelf.ts';
import * as bridge from './signal-bridge.ts';
import { hasOpenSession, type SessionInfo, sessionInfo } from './signal-record.ts';
import { type PreKeyBundle, SignalOperation } from './signal-storage.ts';

export interface SignalRepositoryDeps {
  readonly records: Records;
  readonly creds: SignalCreds;
  readonly lidMapping: LidMapping;
  readonly desk: ArrivalDesk;
  readonly logger: Logger;
}

/** What a payload turned out to hold that was decrypted before the library asked for it. */
type Ahead = Extract<Opened, { kind: 'plaintext' }>;

/**
 * The Signal layer of one device, on the WASM bridge, with the records in the device's storage.
 *
 * - A plaintext is returned only when ratchet and journal row are committed in one transaction. A
 *   ciphertext is returned at once, so that sends need not wait for each other's commits; frames leave
 *   only when the advanced ratchet is on disk (`Records.unwritten`), and no message key is used twice.
 * - Each peer address has its own lock. The library's way (a snapshot of the records, committed at the
 *   end of a send) rolls ratchets back when sending and receiving overlap, and is not used.
 * - Sessions are filed under the LID of a person as soon as it is known.
 */
export class SignalRepository {
  readonly #deps: SignalRepositoryDeps;
  readonly #shelf: SessionShelf;
  /** One turn at a time per group and author. */
  readonly #senderKeys = new KeyedLock();
  readonly #decryption: Decryption;
  /** Plaintexts of payloads that were decrypted before the library asked for them. */
  readonly #ahead = new WeakMap<Uint8Array, Ahead>();

  constructor(deps: SignalRepositoryDeps) {
    this.#deps = deps;
    this.#shelf = new SessionShelf(deps.records, deps.creds, deps.lidMapping);
    this.#decryption = new Decryption({
      ...deps,
      shelf: this.#shelf,
      senderKeys: this.#senderKeys,
    });
  }

  /** Resolves when no operation is running. */
  async idle(): Promise<void> {
    await this.#shelf.idle();
    await this.#senderKeys.idle();
  }

  /**
   * Decrypts payloads before the library asks for them, all in one transaction, and keeps the plaintexts
   * for when it does. Those that cannot be read yet are left to its own call: it may learn before that
   * under which address their sender is known.
   */
  async decryptAhead(payloads: readonly SealedPayload[]): Promise<void> {
    if (payloads.length === 0) return;
    const opened = await this.#decryption.run(payloads, false);
    for (const [index, payload] of payloads.entries()) {
      const one = opened[index];
      if (one?.kind === 'plaintext') this.#ahead.set(payload.ciphertext, one);
    }
  }

  /** Whether a payload has been decrypted ahead. */
  isAhead(ciphertext: Uint8Array): boolean {
    return this.#ahead.has(ciphertext);
  }

  /** Whether a payload has been decrypted ahead, and only the receipt is due for it: see `Arrival`. */
  isComplete(ciphertext: Uint8Array): boolean {
    return this.#ahead.get(ciphertext)?.isComplete ?? false;
  }

  decryptMessage(input: { jid: string; type: 'pkmsg' | 'msg'; ciphertext: Uint8Array }) {
    const { jid: author, type, ciphertext } = input;
    return this.#decrypt({ kind: 'direct', author, type, ciphertext });
  }

  decryptGroupMessage(input: { group: string; authorJid: string; msg: Uint8Array }) {
    const { group, authorJid: author, msg: ciphertext } = input;
    return this.#decrypt({ kind: 'group', group, author, ciphertext });
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
    const senderKey = { group: groupId, author: input.authorJid, distribution };
    const id = senderKeyId(groupId, signalAddress(input.authorJid));
    await this.#senderKeys.run(id, () =>
      this.#operate((operation) => acceptSenderKey(operation, senderKey)),
    );
  }

  encryptMessage(input: { jid: string; data: Uint8Array }): Promise<bridge.Encrypted> {
    return this.#shelf.use(input.jid, (address) =>
      this.#operate((storage) => bridge.encrypt(storage, address, input.data), 'ahead'),
    );
  }

  async encryptGroupMessage(input: { group: string; meId: string; data: Uint8Array }) {
    const own = signalAddress(input.meId);
    return this.#senderKeys.run(senderKeyId(input.group, own), () =>
      this.#operate(
        async (storage) => ({
          // Before the encryption: who receives the key now must be able to read this very message.
          senderKeyDistributionMessage: await bridge.distributeSenderKey(storage, input.group, own),
          ciphertext: await bridge.encryptForGroup(storage, input.group, own, input.data),
        }),
        'ahead',
      ),
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

  /** Runs `work` and commits what it changed; hands out its result after that, or `ahead` of it. */
  async #operate<T>(
    work: (storage: SignalOperation) => Promise<T>,
    given: 'committed' | 'ahead' = 'committed',
  ): Promise<T> {
    const storage = new SignalOperation(this.#deps.records, this.#deps.creds);
    let result: T;
    try {
      result = await work(storage);
    } catch (error) {
      throw storage.failure ?? error;
    }
    const { records } = this.#deps;
    if (given === 'ahead') records.commitAhead(storage.writes());
    else await records.commit({ records: storage.writes() });
    return result;
  }

  async #decrypt(payload: SealedPayload): Promise<Uint8Array> {
    const { ciphertext } = payload;
    try {
      const ahead = this.#ahead.get(ciphertext);
      if (ahead) return ahead.plaintext;
      const [opened] = await this.#decryption.run([payload], true);
      if (opened?.kind === 'plaintext') return opened.plaintext;
      const error = opened?.error ?? new Error('nothing was decrypted');
      this.#deps.desk.unreadable(ciphertext, error);
      throw error;
    } finally {
      this.#deps.desk.left(ciphertext);
    }
  }
}
