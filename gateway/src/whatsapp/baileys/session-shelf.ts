import { type SignalCreds, WAJIDDomains } from 'baileys';
import { addressKey, type SignalAddress, signalAddress } from './jid.ts';
import { KeyedLock } from './keyed-lock.ts';
import { convertLegacySession, isLegacyRecord } from './legacy-records.ts';
import type { LidMapping } from './lid-mapping.ts';
import { parseJson } from './record-codec.ts';
import type { Records } from './records.ts';
import { hasOpenSession, mergeRecords } from './signal-record.ts';

const REPEAT_LIMIT = 3;
const LID_DOMAIN = String(WAJIDDomains.LID);

/** How many sessions a migration found and moved. */
export interface Migration {
  readonly migrated: number;
  readonly skipped: number;
  readonly total: number;
}

/** Sessions nobody else uses until they are released. */
export interface HeldSessions {
  /** Where the session with a device stands; only for those asked for. */
  readonly address: (jid: string) => SignalAddress;
  readonly release: () => void;
}

/**
 * Where the sessions with other devices are filed, and who may use one: a lock per address. A session
 * stands under the person's LID as soon as that is known, whichever address it is asked for by; one that
 * still stands under the phone address is moved on its first use.
 */
export class SessionShelf {
  readonly #records: Records;
  readonly #creds: SignalCreds;
  readonly #lidMapping: LidMapping;
  readonly #locks = new KeyedLock();

  constructor(records: Records, creds: SignalCreds, lidMapping: LidMapping) {
    this.#records = records;
    this.#creds = creds;
    this.#lidMapping = lidMapping;
  }

  /** Resolves when no session is in use. */
  idle(): Promise<void> {
    return this.#locks.idle();
  }

  /** Runs `work` under the lock of the address at which the session with a device stands. */
  async use<T>(jid: string, work: (address: SignalAddress) => Promise<T>): Promise<T> {
    const held = await this.hold([jid], true);
    try {
      return await work(held.address(jid));
    } finally {
      held.release();
    }
  }

  /**
   * Takes the locks of the sessions with several devices. A migration may have moved one while we
   * waited: then it is tried again. `ask` says whether WhatsApp may be asked for LIDs we do not know.
   */
  async hold(jids: readonly string[], ask: boolean): Promise<HeldSessions> {
    const keys = new Map(jids.map((jid) => [jid, addressKey(signalAddress(jid))]));
    for (let round = 1; ; round++) {
      const filed = new Map<string, string>();
      for (const key of keys.values()) filed.set(key, await this.#find(key, ask));
      const release = await this.#locks.takeAll([...filed.values()]);
      try {
        if (round >= REPEAT_LIMIT || (await this.#isFiledSo(filed))) {
          const address = (jid: string) =>
            parseAddress(filed.get(keys.get(jid) ?? '') ?? addressKey(signalAddress(jid)));
          return { address, release };
        }
      } catch (error) {
        release();
        throw error;
      }
      release();
    }
  }

  /** The record in the bridge's form; null when there is none that can be read. */
  async load(jid: string): Promise<Uint8Array | null> {
    const address = await this.#find(addressKey(signalAddress(jid)), true);
    const record = await this.#records.read('session', address);
    return record && this.#readable(record);
  }

  /** Deletes the sessions at these addresses, and at the LID of the same person and device. */
  async drop(addresses: readonly string[]): Promise<void> {
    const resolved = await Promise.all(
      addresses.map((address) => this.#lidAddress(address, false)),
    );
    const all = [...new Set([...addresses, ...resolved])];
    await this.#locks.runAll(all, () =>
      this.#records.commit({ records: all.map((id) => ({ type: 'session', id, value: null })) }),
    );
  }

  /** Moves the sessions with all known devices of a phone address to the person's LID. */
  async migrate(fromJid: string, toJid: string): Promise<Migration> {
    const from = personOf(fromJid);
    const to = personOf(toJid);
    if (!from || !to || from.isLid || !to.isLid) return { migrated: 0, skipped: 0, total: 0 };
    const devices = await this.#knownDevices(from.user, from.device);
    const addresses = devices.map((device) => `${from.user}.${device}`);
    const stored = await this.#records.readAll('session', addresses);
    let migrated = 0;
    for (const source of stored.keys()) {
      const target = `${to.name}.${source.slice(from.user.length + 1)}`;
      if (await this.#move(source, target)) migrated++;
    }
    return { migrated, skipped: stored.size - migrated, total: stored.size };
  }

  #readable(record: Uint8Array): Uint8Array | null {
    return isLegacyRecord(record) ? convertLegacySession(record, this.#creds) : record;
  }

  async #isFiledSo(filed: ReadonlyMap<string, string>): Promise<boolean> {
    for (const [key, address] of filed) {
      if ((await this.#lidAddress(key, false)) !== address) return false;
    }
    return true;
  }

  async #find(key: string, ask: boolean): Promise<string> {
    const filed = await this.#lidAddress(key, ask);
    if (await this.#records.read('session', filed)) return filed;
    const phone = filed === key ? await this.#phoneAddress(key) : key;
    if (phone && (await this.#records.read('session', phone))) await this.#move(phone, filed);
    return filed;
  }

  /** The phone address of the device behind a LID address; null when it is not known. */
  async #phoneAddress(key: string): Promise<string | null> {
    const { name, device } = parseAddress(key);
    const [user, domain] = name.split('_');
    if (domain !== LID_DOMAIN) return null;
    const phone = await this.#lidMapping.getPNForLID(`${user}:${device}@lid`);
    return phone && addressKey(signalAddress(phone));
  }

  /** The address under the person's LID, when the given one is a phone address and the LID is known. */
  async #lidAddress(key: string, ask: boolean): Promise<string> {
    const { name, device } = parseAddress(key);
    if (name.includes('_')) return key;
    const jid = `${name}${device ? `:${device}` : ''}@s.whatsapp.net`;
    const lid = ask
      ? await this.#lidMapping.getLIDForPN(jid)
      : await this.#lidMapping.getKnownLid(jid);
    return lid ? addressKey(signalAddress(lid)) : key;
  }

  async #knownDevices(user: string, device: number): Promise<string[]> {
    const stored = await this.#records.read('device-list', user);
    const listed = stored && parseJson(stored);
    const devices = Array.isArray(listed) ? listed.map(String) : [];
    return [...new Set([...devices, String(device)])];
  }

  /** Where both addresses have a session, the target's stays in use and the other one readable. */
  #move(source: string, target: string): Promise<boolean> {
    return this.#locks.runAll([source, target], async () => {
      const stored = await this.#records.readAll('session', [source, target]);
      const moving = this.#open(stored.get(source));
      if (!moving) return false;
      const present = this.#open(stored.get(target));
      const value = present ? mergeRecords(present, moving) : moving;
      await this.#records.commit({
        records: [
          { type: 'session', id: target, value },
          { type: 'session', id: source, value: null },
        ],
      });
      return true;
    });
  }

  #open(record: Uint8Array | undefined): Uint8Array | null {
    const readable = record ? this.#readable(record) : null;
    return readable && hasOpenSession(readable) ? readable : null;
  }
}

function parseAddress(key: string): SignalAddress {
  const dot = key.lastIndexOf('.');
  return { name: key.slice(0, dot), device: Number(key.slice(dot + 1)) };
}

/** The person behind a JID; null when it is not one's. */
function personOf(jid: string) {
  try {
    const { name, device } = signalAddress(jid);
    const [user = ''] = name.split('_');
    return { user, name, device, isLid: name.includes('_') };
  } catch {
    return null;
  }
}
