import type { SignalCreds, SignalRepositoryWithLIDStore } from 'baileys';
import type { Logger } from '../../kernel/logger.ts';
import type { JournalDraft, RecordWrite } from '../store.ts';
import { addressKey, bareJid, type SignalAddress, senderKeyId, signalAddress } from './jid.ts';
import { KeyedLock } from './keyed-lock.ts';
import { convertLegacySession, isLegacyRecord } from './legacy-records.ts';
import type { AskForLids, LidMapping } from './lid-mapping.ts';
import { parseJson } from './record-codec.ts';
import type { Records } from './records.ts';
import * as bridge from './signal-bridge.ts';
import { hasOpenSession, mergeRecords, type SessionInfo, sessionInfo } from './signal-record.ts';
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

/** Looks into what was decrypted before it is committed, and hears when it was. */
export interface ArrivalDesk {
  inspect(ciphertext: Uint8Array, plaintext: Uint8Array): Arrival;
  /** Called after the commit, in the order of the commits of one peer. */
  committed(ciphertext: Uint8Array, journalId: number | null): void;
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

const REPEAT_LIMIT = 3;

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
  readonly #locks = new KeyedLock();

  constructor(deps: SignalRepositoryDeps) {
    this.#deps = deps;
  }

  /** Resolves when no operation is running. */
  idle(): Promise<void> {
    return this.#locks.idle();
  }

  decryptMessage(input: { jid: string; type: 'pkmsg' | 'msg'; ciphertext: Uint8Array }) {
    const { jid, type, ciphertext } = input;
    return this.#withSession(jid, (address) =>
      this.#decrypt(ciphertext, (storage) => bridge.decrypt(storage, address, type, ciphertext)),
    );
  }

  async decryptGroupMessage(input: { group: string; authorJid: string; msg: Uint8Array }) {
    const author = signalAddress(input.authorJid);
    return this.#locks.run(senderKeyLock(input.group, author), () =>
      this.#decrypt(input.msg, (storage) =>
        bridge.decryptForGroup(storage, input.group, author, input.msg),
      ),
    );
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
    await this.#locks.run(senderKeyLock(groupId, author), () =>
      this.#operate((storage) => bridge.acceptSenderKey(storage, groupId, author, distribution)),
    );
  }

  encryptMessage(input: { jid: string; data: Uint8Array }): Promise<bridge.Encrypted> {
    return this.#withSession(input.jid, (address) =>
      this.#operate((storage) => bridge.encrypt(storage, address, input.data)),
    );
  }

  async encryptGroupMessage(input: { group: string; meId: string; data: Uint8Array }) {
    const own = signalAddress(input.meId);
    return this.#locks.run(senderKeyLock(input.group, own), () =>
      this.#operate(async (storage) => ({
        // Before the encryption: who receives the key now must be able to read this very message.
        senderKeyDistributionMessage: await bridge.distributeSenderKey(storage, input.group, own),
        ciphertext: await bridge.encryptForGroup(storage, input.group, own, input.data),
      })),
    );
  }

  async getSenderKeyDistributionMessage(input: { group: string; meId: string }) {
    const own = signalAddress(input.meId);
    return this.#locks.run(senderKeyLock(input.group, own), () =>
      this.#operate((storage) => bridge.distributeSenderKey(storage, input.group, own)),
    );
  }

  async hasSenderKey(input: { group: string; meId: string }): Promise<boolean> {
    const id = senderKeyId(input.group, signalAddress(input.meId));
    return (await this.#deps.records.read('sender-key', id)) !== null;
  }

  injectE2ESession(input: { jid: string; session: PreKeyBundle }): Promise<void> {
    return this.#withSession(input.jid, (address) =>
      this.#operate((storage) => bridge.startSession(storage, address, input.session)),
    );
  }

  async validateSession(jid: string): Promise<{ exists: boolean; reason?: string }> {
    const record = await this.#loadSession(jid);
    if (!record) return { exists: false, reason: 'no session' };
    return hasOpenSession(record) ? { exists: true } : { exists: false, reason: 'no open session' };
  }

  async getSessionInfo(jid: string): Promise<SessionInfo | null> {
    const record = await this.#loadSession(jid);
    return record && sessionInfo(record);
  }

  jidToSignalProtocolAddress(jid: string): string {
    return addressKey(signalAddress(jid));
  }

  async deleteSession(jids: readonly string[]): Promise<void> {
    await this.drop(jids.map((jid) => addressKey(signalAddress(jid))));
  }

  /** Deletes the sessions under these addresses, and under the LID of the same person and device. */
  async drop(addresses: readonly string[]): Promise<void> {
    const resolved = await Promise.all(addresses.map((address) => this.#lidAddress(address)));
    const all = [...new Set([...addresses, ...resolved])];
    await this.#locks.runAll(all.map(sessionLock), () =>
      this.#deps.records.commit({
        records: all.map((id) => ({ type: 'session', id, value: null })),
      }),
    );
  }

  /**
   * Files the sessions with all known devices of a phone address under the person's LID. Where both have
   * one, the LID's stays in use and the other remains readable.
   */
  async migrateSession(fromJid: string, toJid: string) {
    const from = parseUser(fromJid);
    const to = parseUser(toJid);
    if (!from || !to || from.isLid || !to.isLid) return { migrated: 0, skipped: 0, total: 0 };
    const devices = await this.#knownDevices(from.user, from.device);
    const stored = await this.#deps.records.readAll(
      'session',
      devices.map((device) => `${from.user}.${device}`),
    );
    let migrated = 0;
    for (const source of stored.keys()) {
      const target = `${to.name}.${source.slice(from.user.length + 1)}`;
      if (await this.#move(source, target)) migrated++;
    }
    return { migrated, skipped: stored.size - migrated, total: stored.size };
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
  ): Promise<Uint8Array> {
    const storage = new SignalOperation(this.#deps.records, this.#deps.creds);
    let plaintext: Uint8Array;
    try {
      plaintext = await this.#run(storage, work);
    } catch (error) {
      if (error instanceof bridge.SignalError && error.duplicate) return NOTHING_NEW;
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
    if (senderKey) await this.#withSenderKey(storage, senderKey, keep);
    else await keep();
    return plaintext;
  }

  /** A sender key that cannot be read costs the group's messages, not the message it came with. */
  async #withSenderKey(
    storage: SignalOperation,
    senderKey: NonNullable<Arrival['senderKey']>,
    keep: () => Promise<void>,
  ): Promise<void> {
    const { group, distribution } = senderKey;
    const author = signalAddress(senderKey.author);
    await this.#locks.run(senderKeyLock(group, author), async () => {
      try {
        await bridge.acceptSenderKey(storage, group, author, distribution);
      } catch (error) {
        if (storage.failure) throw storage.failure;
        this.#deps.logger.warn({ err: error }, 'a sender key could not be read');
      }
      await keep();
    });
  }

  async #run<T>(storage: SignalOperation, work: (storage: SignalOperation) => Promise<T>) {
    try {
      return await work(storage);
    } catch (error) {
      throw storage.failure ?? error;
    }
  }

  /**
   * Runs `work` under the lock of the address under which the session is filed now. A migration may
   * have moved it while we waited: then the new address is tried.
   */
  async #withSession<T>(jid: string, work: (address: SignalAddress) => Promise<T>): Promise<T> {
    const key = addressKey(signalAddress(jid));
    for (let round = 1; ; round++) {
      const filed = await this.#lidAddress(key);
      const result = await this.#locks.run(sessionLock(filed), async () => {
        if (round < REPEAT_LIMIT && (await this.#lidAddress(key)) !== filed) return null;
        return { value: await work(parseAddress(filed)) };
      });
      if (result) return result.value;
    }
  }

  async #loadSession(jid: string): Promise<Uint8Array | null> {
    const address = await this.#lidAddress(addressKey(signalAddress(jid)));
    const record = await this.#deps.records.read('session', address);
    return record && this.#current(record);
  }

  #current(record: Uint8Array): Uint8Array | null {
    return isLegacyRecord(record) ? convertLegacySession(record, this.#deps.creds) : record;
  }

  /** The address under the person's LID, when the given one is a phone address and the LID is known. */
  async #lidAddress(key: string): Promise<string> {
    const { name, device } = parseAddress(key);
    if (name.includes('_')) return key;
    const jid = `${name}${device ? `:${device}` : ''}@s.whatsapp.net`;
    const lid = await this.#deps.lidMapping.getLIDForPN(jid);
    return lid ? addressKey(signalAddress(lid)) : key;
  }

  async #knownDevices(user: string, device: number): Promise<string[]> {
    const stored = await this.#deps.records.read('device-list', user);
    const listed = stored && parseJson(stored);
    const devices = Array.isArray(listed) ? listed.map(String) : [];
    return [...new Set([...devices, String(device)])];
  }

  async #move(source: string, target: string): Promise<boolean> {
    return this.#locks.runAll([sessionLock(source), sessionLock(target)], async () => {
      const { records } = this.#deps;
      const stored = await records.readAll('session', [source, target]);
      const sourceRecord = stored.get(source);
      const moving = sourceRecord && this.#current(sourceRecord);
      if (!moving || !hasOpenSession(moving)) return false;
      const targetRecord = stored.get(target);
      const present = targetRecord && this.#current(targetRecord);
      const value = present && hasOpenSession(present) ? mergeRecords(present, moving) : moving;
      await this.#deps.records.commit({
        records: [
          { type: 'session', id: target, value },
          { type: 'session', id: source, value: null },
        ],
      });
      return true;
    });
  }
}

function sessionLock(address: string): string {
  return `session ${address}`;
}

function senderKeyLock(group: string, author: SignalAddress): string {
  return `sender-key ${senderKeyId(group, author)}`;
}

function parseAddress(key: string): SignalAddress {
  const dot = key.lastIndexOf('.');
  return { name: key.slice(0, dot), device: Number(key.slice(dot + 1)) };
}

/** The user behind a JID; null when it is not a person's. */
function parseUser(jid: string) {
  if (!bareJid(jid)) return null;
  try {
    const { name, device } = signalAddress(jid);
    const [user = ''] = name.split('_');
    return { user, name, device, isLid: name.includes('_') };
  } catch {
    return null;
  }
}
