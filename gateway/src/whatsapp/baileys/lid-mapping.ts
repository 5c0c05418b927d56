import { jidDecode, type LIDMapping } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import { isLidServer, isPhoneServer } from './jid.ts';
import { parseJson } from './record-codec.ts';
import type { Records } from './records.ts';

/** Asks WhatsApp for the LIDs of phone addresses; undefined or missing pairs mean "not known". */
export type AskForLids = (phoneJids: string[]) => Promise<LIDMapping[] | undefined>;

const TYPE = 'lid-mapping';
/** An unanswered question holds up the message that raised it, so the wait is short. */
const ASK_TIMEOUT_MS = 5_000;
/** How long "WhatsApp knows no LID for this number" is believed. */
const UNKNOWN_FOR_MS = 10 * 60_000;
const REMEMBERED_UNKNOWNS = 1_000;
const HOSTED_DEVICE = 99;

type Decoded = NonNullable<ReturnType<typeof jidDecode>>;

/**
 * Who is who: the phone number and the LID of the same person, in both directions, as records of the
 * device. Has the same methods as Baileys' own store, but is bounded, remembers for ten minutes that a
 * number has no LID, and waits five seconds at most for WhatsApp's answer.
 */
export class LidMapping {
  readonly #records: Records;
  readonly #clock: Clock;
  /** Called after each commit with the pairs that were news, whoever told them; must not throw. */
  onLearnt: (pairs: readonly LIDMapping[]) => void = () => undefined;
  #ask: AskForLids | null = null;
  readonly #asking = new Map<string, Promise<void>>();
  readonly #unknownUntil = new Map<string, number>();

  constructor(records: Records, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  /** Sets whom to ask: each socket brings its own way. Returns how to take it back. */
  askThrough(ask: AskForLids): () => void {
    this.#ask = ask;
    return () => {
      if (this.#ask === ask) this.#ask = null;
    };
  }

  async storeLIDPNMappings(pairs: readonly LIDMapping[]): Promise<void> {
    const fresh = new Map<string, string>();
    const wanted = pairs.map(orderPair).filter((pair) => pair !== null);
    const known = await this.#users(wanted.map((pair) => pair.phone));
    for (const { phone, lid } of wanted) {
      if (known.get(phone) !== lid) fresh.set(phone, lid);
    }
    if (fresh.size === 0) return;
    await this.#records.commit({
      records: [...fresh].flatMap(([phone, lid]) => [
        { type: TYPE, id: phone, value: encodeUser(lid) },
        { type: TYPE, id: `${lid}_reverse`, value: encodeUser(phone) },
      ]),
    });
    for (const phone of fresh.keys()) this.#unknownUntil.delete(phone);
    this.onLearnt(
      [...fresh].map(([phone, lid]) => ({ pn: `${phone}@s.whatsapp.net`, lid: `${lid}@lid` })),
    );
  }

  /** The LID, with the same device, of a phone address; null when neither we nor WhatsApp know it. */
  async getLIDForPN(phoneJid: string): Promise<string | null> {
    return (await this.getLIDsForPNs([phoneJid]))?.[0]?.lid ?? null;
  }

  /** The same from what is known already. */
  async getKnownLid(phoneJid: string): Promise<string | null> {
    return (await this.#lids([phoneJid], false))?.[0]?.lid ?? null;
  }

  getLIDsForPNs(phoneJids: string[]): Promise<LIDMapping[] | null> {
    return this.#lids(phoneJids, true);
  }

  async #lids(phoneJids: readonly string[], ask: boolean): Promise<LIDMapping[] | null> {
    const decoded = decodeAll(phoneJids, isPhoneServer);
    if (decoded.length === 0) return null;
    const users = [...new Set(decoded.map(({ parts }) => parts.user))];
    let known = await this.#users(users);
    const unknown = users.filter((user) => !known.has(user) && !this.#isKnownUnknown(user));
    if (unknown.length > 0 && ask && this.#ask) {
      await this.#lookUp(unknown);
      known = await this.#users(users);
    }
    const found: LIDMapping[] = [];
    for (const { jid, parts } of decoded) {
      const lidUser = known.get(parts.user);
      if (lidUser) found.push({ pn: jid, lid: lidJid(lidUser, parts) });
    }
    return found.length > 0 ? found : null;
  }

  /** The phone address, with device, of a LID; null when it is not known. Never asks WhatsApp. */
  async getPNForLID(lid: string): Promise<string | null> {
    return (await this.getPNsForLIDs([lid]))?.[0]?.pn ?? null;
  }

  async getPNsForLIDs(lids: string[]): Promise<LIDMapping[] | null> {
    const decoded = decodeAll(lids, isLidServer);
    if (decoded.length === 0) return null;
    const known = await this.#users(decoded.map(({ parts }) => `${parts.user}_reverse`));
    const found: LIDMapping[] = [];
    for (const { jid, parts } of decoded) {
      const phone = known.get(`${parts.user}_reverse`);
      if (!phone) continue;
      const server = parts.server === 'hosted.lid' ? 'hosted' : 's.whatsapp.net';
      found.push({ lid: jid, pn: `${phone}:${parts.device ?? 0}@${server}` });
    }
    return found.length > 0 ? found : null;
  }

  /** The library closes its store with each socket; this one outlives them. */
  close(): void {
    this.#unknownUntil.clear();
  }

  async #users(ids: readonly string[]): Promise<Map<string, string>> {
    const users = new Map<string, string>();
    for (const [id, bytes] of await this.#records.readAll(TYPE, ids)) {
      const user = parseJson(bytes);
      if (typeof user === 'string' && user) users.set(id, user);
    }
    return users;
  }

  #isKnownUnknown(user: string): boolean {
    const until = this.#unknownUntil.get(user);
    return until !== undefined && until > this.#clock.now();
  }

  /** Asks once per number, however many want to know; an answer that does not come is "unknown". */
  async #lookUp(users: readonly string[]): Promise<void> {
    const fresh = users.filter((user) => !this.#asking.has(user));
    if (fresh.length > 0) {
      const question = this.#question(fresh).finally(() => {
        for (const user of fresh) this.#asking.delete(user);
      });
      for (const user of fresh) this.#asking.set(user, question);
    }
    const questions = users.map((user) => this.#asking.get(user) ?? Promise.resolve());
    await Promise.all(new Set(questions));
  }

  async #question(users: readonly string[]): Promise<void> {
    const ask = this.#ask;
    if (!ask) return;
    const jids = users.map((user) => `${user}@s.whatsapp.net`);
    const answer = (await this.#inTime(ask(jids).catch(() => undefined))) ?? [];
    await this.storeLIDPNMappings(answer);
    const answered = new Set(answer.map(({ pn }) => jidDecode(pn)?.user));
    for (const user of users) if (!answered.has(user)) this.#rememberUnknown(user);
  }

  #rememberUnknown(user: string): void {
    this.#unknownUntil.set(user, this.#clock.now() + UNKNOWN_FOR_MS);
    if (this.#unknownUntil.size <= REMEMBERED_UNKNOWNS) return;
    const oldest = this.#unknownUntil.keys().next();
    if (!oldest.done) this.#unknownUntil.delete(oldest.value);
  }

  #inTime<T>(answer: Promise<T>): Promise<T | undefined> {
    const limit = new Promise<undefined>((resolve) => {
      const timer = this.#clock.after(ASK_TIMEOUT_MS, () => resolve(undefined));
      void answer.finally(() => timer.cancel());
    });
    return Promise.race([answer, limit]);
  }
}

function orderPair(pair: LIDMapping): { phone: string; lid: string } | null {
  const one = jidDecode(pair.lid);
  const other = jidDecode(pair.pn);
  if (!one?.user || !other?.user) return null;
  if (isLidServer(one.server) && isPhoneServer(other.server)) {
    return { phone: other.user, lid: one.user };
  }
  if (isPhoneServer(one.server) && isLidServer(other.server)) {
    return { phone: one.user, lid: other.user };
  }
  return null;
}

function decodeAll(jids: readonly string[], fits: (server: string) => boolean) {
  const decoded: { jid: string; parts: Decoded }[] = [];
  for (const jid of jids) {
    const parts = jidDecode(jid);
    if (parts?.user && fits(parts.server)) decoded.push({ jid, parts });
  }
  return decoded;
}

function lidJid(lidUser: string, phone: Decoded): string {
  const hosted = phone.server === 'hosted' || phone.device === HOSTED_DEVICE;
  const device = phone.device ? `:${phone.device}` : '';
  return `${lidUser}${device}@${hosted ? 'hosted.lid' : 'lid'}`;
}

function encodeUser(user: string): Uint8Array {
  return Buffer.from(JSON.stringify(user));
}
