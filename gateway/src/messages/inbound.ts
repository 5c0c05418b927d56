import { lidOf, phoneAddress } from '../contacts/address.ts';
import type { Author, Contacts } from '../contacts/contacts.ts';
import type { IdentityPair, IdentityStore } from '../contacts/store.ts';
import type { EventDraft } from '../events/plan.ts';
import type { EventBatch } from '../events/store.ts';
import type { Logger } from '../kernel/logger.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { Arrived, WireMessage, WireReceipt } from '../whatsapp/port.ts';
import { type AddOns, createAddOns, type SealedMessage } from './add-ons/add-ons.ts';
import type { AddOnCodec } from './add-ons/open.ts';
import type { HistoryStore } from './history-store.ts';
import { type Report, type Reportable, reportOf } from './inbound-report.ts';
import { lidsIn, type Normalised, normalise } from './normalise/normalise.ts';
import type { MessagePayload } from './normalise/payload.ts';
import { type Directory, type OwnIdentity, pairsOf } from './normalise/people.ts';
import { unreadableId } from './notices/report.ts';
import { mayPick, type Picked, pickOf } from './picked.ts';
import { receiptDrafts } from './receipt.ts';
import type { InboundEntry, MessageRecord, MessageStore, MovedMessage } from './store.ts';

/** Larger messages are kept without their protobuf: they cannot be quoted or sent again in full. */
export const MAX_ENCODED_BYTES = 256 * 1024;

/** What sessions hand over as it comes from WhatsApp. */
export interface Inbound {
  /**
   * Turns messages of one chat, in their order, into their rows and events and closes their journal
   * entries: each with what belongs to it in one transaction. Resolves after the last commit; a message
   * that is there already changes nothing. Rejects only when storage does: then the journal entries of
   * those not recorded are still open.
   */
  record(session: SessionRecord, arrived: readonly Arrived[]): Promise<void>;
  /** Moves our messages forward and reports each that really moved. */
  receipt(session: SessionRecord, receipt: WireReceipt): Promise<void>;
}

export interface InboundDeps {
  readonly store: Pick<MessageStore, 'recordInbound' | 'advance' | 'find' | 'encoded'>;
  readonly history: Pick<HistoryStore, 'lastChoice'>;
  readonly identities: IdentityStore;
  readonly contacts: Pick<Contacts, 'heard'>;
  readonly codec: AddOnCodec;
  readonly logger: Logger;
  /** Told after the commit of each message that people wrote; must not throw. */
  readonly onStored?: (session: SessionRecord, message: MessageRecord) => void;
  readonly events: {
    plan(drafts: readonly EventDraft[]): EventBatch;
    committed(batch: EventBatch): void;
  };
}

/** How long a number is taken for an answer to the last list; a quote is so for as long as it is kept. */
const CHOICE_MS = 24 * 3_600_000;

const NOTHING: EventBatch = { events: [], deliveries: [] };

/** The inbound path: wire message -> flat payload -> one transaction. */
export function createInbound(deps: InboundDeps): Inbound {
  return new InboundPath(deps);
}

/** What a message means once it is opened. */
type Meaning = Reportable | Extract<Normalised, { kind: 'internal' }>;

class InboundPath implements Inbound {
  readonly #deps: InboundDeps;
  readonly #addOns: AddOns;

  constructor(deps: InboundDeps) {
    this.#deps = deps;
    this.#addOns = createAddOns(deps);
  }

  /** One commit for as many messages as do not ask for one another. */
  async record(session: SessionRecord, arrived: readonly Arrived[]): Promise<void> {
    const own = { phone: session.phone, lid: session.lid };
    let entries: InboundEntry[] = [];
    for (const { message: wire, journalIds } of arrived) {
      await this.#learn(session.key, pairsOf(wire));
      const directory = await this.#directory(session.key, lidsIn(wire, own));
      const read = normalise(wire, own, directory);
      const isRepeated = entries.some(({ message }) => message?.messageId === wire.messageId);
      if (isRepeated || looksBack(read)) {
        await this.#write(session, entries);
        entries = [];
      }
      const said = read.kind === 'sealed' ? await this.#open(session, wire, read) : { wire, read };
      entries.push(await this.#entry(session, said.wire, said.read, journalIds));
    }
    await this.#write(session, entries);
  }

  async #entry(
    session: SessionRecord,
    wire: WireMessage,
    meaning: Meaning,
    journalIds: readonly number[],
  ): Promise<InboundEntry> {
    const own = { phone: session.phone, lid: session.lid };
    const report = await this.#report(session, wire, meaning, own);
    if (report === null || (await this.#isKept(session.key, report.message))) {
      return { journalIds, message: null, batch: NOTHING };
    }
    const { workspaceId, id: sessionId } = session;
    const { chatId, messageId } = report.message;
    const about = { workspaceId, sessionId, orderKey: chatId };
    const wasUnreadable = await this.#deps.store.find(session.key, unreadableId(messageId));
    const batch = this.#deps.events.plan([
      ...(wasUnreadable ? [{ ...about, ...recoveryOf(report.message) }] : []),
      { ...about, ...report.event },
    ]);
    return { journalIds, message: report.message, batch };
  }

  async #write(session: SessionRecord, entries: readonly InboundEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const { store, events, onStored } = this.#deps;
    // Called together, both are usually written in the same commit.
    const [outcomes] = await Promise.all([
      store.recordInbound(session.key, entries),
      this.#hear(session, entries),
    ]);
    for (const [index, { message, batch }] of entries.entries()) {
      if (outcomes[index] !== 'stored' || message === null) continue;
      events.committed(batch);
      if (message.targetId === undefined) onStored?.(session, message);
    }
  }

  /** Never rejects: messages that are stored must be told of, whether their authors' names can be kept. */
  async #hear(session: SessionRecord, entries: readonly InboundEntry[]): Promise<void> {
    const { contacts, logger } = this.#deps;
    try {
      await contacts.heard(session, authorsOf(entries));
    } catch (error) {
      logger.error(
        { err: error, workspaceId: session.workspaceId, sessionId: session.id },
        'the names that messages came with were not kept',
      );
    }
  }

  async receipt(session: SessionRecord, receipt: WireReceipt): Promise<void> {
    const { store, events, identities } = this.#deps;
    const lid = lidOf(receipt.by);
    const phone = lid === null ? null : await identities.phoneFor(session.key, lid);
    const by = phone === null ? receipt.by : phoneAddress(phone);
    let planned = NOTHING;
    const source = { person: by, atMs: receipt.timestampMs };
    const report = (moved: readonly MovedMessage[]) => {
      planned = events.plan(
        moved.flatMap((message) => receiptDrafts(session, message, receipt, by)),
      );
      return planned;
    };
    await store.advance(session.key, receipt.messageIds, receipt.status, report, source);
    if (planned.events.length > 0) events.committed(planned);
  }

  /** Writes only what is news: almost every message names a pair that is known. */
  async #learn(key: SessionKey, pairs: readonly IdentityPair[]): Promise<void> {
    const { identities } = this.#deps;
    const known = await Promise.all(pairs.map(({ lid }) => identities.phoneFor(key, lid)));
    const news = pairs.filter(({ phone }, i) => known[i] !== phone);
    if (news.length > 0) await identities.learn(key, news);
  }

  async #directory(key: SessionKey, lids: readonly string[]): Promise<Directory> {
    const phones = await Promise.all(
      lids.map(async (lid) => [lid, await this.#deps.identities.phoneFor(key, lid)] as const),
    );
    return new Map(phones.flatMap(([lid, phone]) => (phone === null ? [] : [[lid, phone]])));
  }

  /** Reads what was sealed; what cannot be opened is a message of which only the kind is known. */
  async #open(
    session: SessionRecord,
    wire: WireMessage,
    sealed: SealedMessage,
  ): Promise<{ readonly wire: WireMessage; readonly read: Meaning }> {
    const own = { phone: session.phone, lid: session.lid };
    const opened = await this.#addOns.open(session.key, sealed, own);
    if (opened !== null && opened.kind !== 'plain') return { wire, read: opened };
    if (opened !== null) {
      const { content, encoded } = opened;
      const plain = { ...wire, content, encoded: encoded ?? wire.encoded };
      const directory = await this.#directory(session.key, lidsIn(plain, own));
      const read = normalise(plain, own, directory);
      if (read.kind !== 'sealed' && read.kind !== 'internal') return { wire: plain, read };
    }
    return { wire, read: { kind: 'message', payload: sealed.payload } };
  }

  /** Adds what storage knows: what an edited or deleted message said before, and what was picked. */
  async #report(
    session: SessionRecord,
    wire: WireMessage,
    meaning: Meaning,
    own: OwnIdentity,
  ): Promise<Report | null> {
    const encoded = wire.encoded.length > MAX_ENCODED_BYTES ? null : wire.encoded;
    switch (meaning.kind) {
      case 'internal':
        return null;
      case 'reaction':
      case 'poll_vote':
      case 'event_response':
        return reportOf(wire, meaning, own, encoded);
      case 'message': {
        const picked = await this.#picked(session.key, meaning.payload, wire.timestampMs);
        return reportOf(wire, meaning, own, encoded, { picked });
      }
      case 'edited':
      case 'deleted': {
        const before = await this.#deps.store.find(session.key, meaning.target.messageId);
        if (before !== null && !mayChange(before, meaning)) return null;
        return reportOf(wire, meaning, own, encoded, { before });
      }
    }
  }

  /** A number or text that answers a list of ours: the one quoted, else the last one of the day. */
  async #picked(key: SessionKey, payload: MessagePayload, nowMs: number): Promise<Picked | null> {
    if (!mayPick(payload)) return null;
    const { store, history } = this.#deps;
    const question =
      payload.quoted === null
        ? await history.lastChoice(key, payload.chatId, nowMs - CHOICE_MS)
        : await store.find(key, payload.quoted.messageId);
    return pickOf(payload, question);
  }

  /**
   * The unique key knows a person under one address only. A message that came again after that person's
   * number became known would pass it, so the older address is asked for here.
   */
  async #isKept(key: SessionKey, message: MessageRecord): Promise<boolean> {
    const { lid, phone } = message.data;
    if (message.fromMe || typeof lid !== 'string' || typeof phone !== 'string') return false;
    const kept = await this.#deps.store.find(key, message.messageId);
    return kept !== null && !kept.fromMe && kept.senderId === lid;
  }
}

/** Who wrote messages under a name, the last one of each. */
function authorsOf(entries: readonly InboundEntry[]): Author[] {
  const names = new Map<string, string>();
  for (const { message } of entries) {
    const pushName = message?.data['pushName'];
    if (message === null || message.fromMe) continue;
    if (typeof pushName === 'string' && pushName !== '') names.set(message.senderId, pushName);
  }
  return [...names].map(([chatId, pushName]) => ({ chatId, pushName }));
}

/** What could not be read at first has come again. */
function recoveryOf({ messageId, chatId, data }: MessageRecord) {
  const participant = data['participant'] ?? null;
  return { event: 'message.recovered', data: { messageId, chatId, participant } };
}

/**
 * Only its author changes a message; in groups an admin deletes those of others, and who is one only
 * WhatsApp knows. Other changes are forged: clients ignore them, and so do we.
 */
function mayChange(
  before: MessageRecord,
  meaning: Normalised & { kind: 'edited' | 'deleted' },
): boolean {
  const changer = meaning.kind === 'edited' ? meaning.payload : meaning.envelope;
  if (before.fromMe && changer.fromMe) return true;
  if (before.chatId !== changer.chatId) return false;
  if (meaning.kind === 'deleted' && changer.isGroup) return true;
  const author = changer.participant ?? changer.chatId;
  return !before.fromMe && (before.senderId === author || before.senderId === changer.lid);
}

/** Whether it says something about an earlier message, which must be in storage by then. */
function looksBack({ kind }: Normalised): boolean {
  return kind === 'edited' || kind === 'deleted' || kind === 'sealed';
}
