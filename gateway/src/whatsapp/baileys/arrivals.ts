import type { BinaryNode } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import type { JournalEntry, RecordWrite } from '../store.ts';
import type { Arrival, ArrivalDesk } from './decryption.ts';
import { isPlainDelivery } from './delivery-receipt.ts';
import { type Envelope, type OwnAddresses, readEnvelope } from './envelope.ts';
import { isFull } from './history/kinds.ts';
import type { InboundRow, RowContent } from './inbound-row.ts';
import { isLidServer } from './jid.ts';
import { draftOf, type Payload, PayloadIndex, payloadNodes, readStanza, unpad } from './journal.ts';
import { encodeRecord } from './record-codec.ts';
import type { Records } from './records.ts';

import { type OpenedPayload, openPayload, wireMessages } from './wire-message.ts';

export interface ArrivalsDeps {
  readonly records: Records;
  readonly own: () => OwnAddresses;
  readonly clock: Clock;
  /** A row that is now in the journal. */
  readonly onRow: (row: InboundRow) => void;
  /** The phone shared app-state keys; the newest becomes the one to use. */
  readonly onAppStateKey: (keyId: string) => void;
  /** A payload came that cannot be decrypted; null when it is too old to be told which message it was of. */
  readonly onUnreadable: (stanza: BinaryNode | null, error: unknown) => void;
  /** The library has asked for a payload and got its answer. */
  readonly onLeft: (ciphertext: Uint8Array) => void;
}

type Row = Omit<InboundRow, 'id'>;

const NOTHING: Arrival = { journal: null, records: [], senderKey: null, isComplete: false };

/**
 * The desk at which every decrypted payload passes on its way into the journal: decides what of it is
 * kept in the same transaction as the ratchet, and passes the row on once it is. Keys that came along
 * (sender keys, app-state keys) are kept there and then, so that payloads which are nothing else need no
 * row. A chunk of history gets one: it may only be a link to what WhatsApp stores.
 */
export class Arrivals implements ArrivalDesk {
  readonly #payloads = new PayloadIndex();
  readonly #deps: ArrivalsDeps;
  readonly #rows = new WeakMap<Uint8Array, Row>();

  constructor(deps: ArrivalsDeps) {
    this.#deps = deps;
  }

  /** To be called with each `<message>` as it arrives: its payloads are told apart by their bytes. */
  remember(stanza: BinaryNode): void {
    this.#payloads.remember(stanza);
  }

  unreadable(ciphertext: Uint8Array, error: unknown): void {
    const payload = this.#payloads.find(ciphertext);
    this.#deps.onUnreadable(payload?.stanza ?? null, error);
  }

  left(ciphertext: Uint8Array): void {
    this.#deps.onLeft(ciphertext);
  }

  inspect(ciphertext: Uint8Array, plaintext: Uint8Array): Arrival {
    const payload = this.#payloads.find(ciphertext);
    if (!payload) return NOTHING;
    const receivedAtMs = this.#deps.clock.now();
    const read = readPayload(payload, plaintext, this.#deps.own(), receivedAtMs);
    const { kind } = read.row.content;
    const keeps = kind !== 'nothing';
    if (keeps) this.#rows.set(ciphertext, read.row);
    return {
      journal: keeps ? draftOf(payload, plaintext, receivedAtMs) : null,
      records: this.#appStateKeys(read),
      senderKey: senderKeyIn(read),
      isComplete: isComplete(payload, read),
    };
  }

  committed(ciphertext: Uint8Array, journalId: number): void {
    const row = this.#rows.get(ciphertext);
    if (row) this.#deps.onRow({ ...row, id: journalId });
  }

  /**
   * Journals the payloads that come unencrypted (channels), before the library acknowledges them; null
   * when there are none. Rejects with `StorageFailure`.
   */
  keepPlain(stanza: BinaryNode): Promise<void> | null {
    const plain = payloadNodes(stanza).flatMap(({ tag, content }, index) =>
      tag === 'plaintext' && content instanceof Uint8Array ? [{ index, content }] : [],
    );
    return plain.length > 0 ? this.#keepAll(stanza, plain) : null;
  }

  async #keepAll(
    stanza: BinaryNode,
    plain: readonly { readonly index: number; readonly content: Uint8Array }[],
  ): Promise<void> {
    for (const { index, content } of plain) {
      const receivedAtMs = this.#deps.clock.now();
      const { row } = readPayload({ stanza, index }, content, this.#deps.own(), receivedAtMs);
      if (row.content.kind === 'nothing') continue;
      const journal = draftOf({ stanza, index }, content, receivedAtMs);
      const id = await this.#deps.records.commit({ journal });
      if (id !== null) this.#deps.onRow({ ...row, id });
    }
  }

  /** Only our own phone may hand us keys; anybody could send such a message. */
  #appStateKeys({ opened, envelope }: ReadPayload): RecordWrite[] {
    const keys = opened?.message.protocolMessage?.appStateSyncKeyShare?.keys;
    if (!keys?.length || !envelope?.fromMe) return [];
    return keys.flatMap(({ keyId, keyData }) => {
      if (!keyId?.keyId?.length || !keyData) return [];
      const id = Buffer.from(keyId.keyId).toString('base64');
      this.#deps.onAppStateKey(id);
      return [
        { type: 'app-state-sync-key', id, value: encodeRecord('app-state-sync-key', keyData) },
      ];
    });
  }
}

/** Decodes a row of the journal, as `Arrivals` does with live ones. Never rejects. */
export async function readRow(entry: JournalEntry, own: OwnAddresses): Promise<InboundRow> {
  try {
    const payload = { stanza: await readStanza(entry), index: entry.encIndex };
    const { row } = readPayload(payload, entry.plaintext, own, entry.receivedAtMs);
    return { ...row, id: entry.id };
  } catch {
    return { id: entry.id, ...unreadable('the stanza is damaged') };
  }
}

interface ReadPayload {
  readonly row: Row;
  readonly opened: OpenedPayload | null;
  readonly envelope: Envelope | null;
}

function readPayload(
  payload: Payload,
  plaintext: Uint8Array,
  own: OwnAddresses,
  receivedAtMs: number,
): ReadPayload {
  const envelope = readEnvelope(payload.stanza, own);
  if (!envelope) {
    return { row: unreadable('the stanza lacks its addresses'), opened: null, envelope };
  }
  let opened: OpenedPayload;
  try {
    opened = openPayload(unpad(payload, plaintext));
  } catch {
    return { row: unreadable('not a WhatsApp message', envelope), opened: null, envelope };
  }
  const notification = historyIn(opened, envelope);
  if (notification) {
    const row: Row = { lane: HISTORY_LANE, content: { kind: 'history', notification } };
    return { row, opened, envelope };
  }
  const messages = wireMessages(opened, envelope, receivedAtMs);
  const content: RowContent =
    messages.length > 0 ? { kind: 'messages', messages } : { kind: 'nothing' };
  const [first] = messages;
  return { row: { lane: laneOf(first ?? envelope), content }, opened, envelope };
}

/** Chunks are handed on in their order, and hold up no chat. */
const HISTORY_LANE = 'history';

/** Only our own phone has a history to hand over. The years-long full one is not wanted. */
function historyIn({ message }: OpenedPayload, { fromMe, category }: Envelope) {
  const notification = message.protocolMessage?.historySyncNotification;
  if (!notification || !fromMe || category !== 'peer' || isFull(notification.syncType)) return null;
  return notification;
}

function unreadable(reason: string, envelope?: Envelope): Row {
  return { lane: envelope ? laneOf(envelope) : '', content: { kind: 'unreadable', reason } };
}

/** One name per person, whichever of the two addresses a message came under. */
function laneOf({ chat, chatAlt }: { readonly chat: string; readonly chatAlt: string | null }) {
  const isLid = (jid: string | null) => !!jid && isLidServer(jid.slice(jid.indexOf('@') + 1));
  return chatAlt && !isLid(chat) && isLid(chatAlt) ? chatAlt : chat;
}

/** Sender keys belong into one-to-one payloads; one in a group message is left to the library. */
function isComplete({ stanza, index }: Payload, read: ReadPayload): boolean {
  if (!read.opened || !read.envelope || !isPlainDelivery(stanza, read.envelope)) return false;
  return payloadNodes(stanza)[index]?.attrs['type'] !== 'skmsg' || senderKeyIn(read) === null;
}

function senderKeyIn({ opened, envelope }: ReadPayload): Arrival['senderKey'] {
  const item = opened?.message.senderKeyDistributionMessage;
  const distribution = item?.axolotlSenderKeyDistributionMessage;
  if (!envelope || !item?.groupId || !distribution?.length) return null;
  return { group: item.groupId, author: envelope.author, distribution };
}
