import { type BinaryNode, jidDecode } from 'baileys';
import { bareJid, isLidServer, isPhoneServer, isSameUser } from './jid.ts';

/** The device's own addresses, which tell our messages from those of others. */
export interface OwnAddresses {
  readonly phoneJid: string | null;
  readonly lid: string | null;
}

/** What a message stanza says besides its payloads. Addresses are bare, except `author`. */
export interface Envelope {
  readonly messageId: string;
  readonly chat: string;
  readonly chatAlt: string | null;
  readonly participant: string | null;
  readonly participantAlt: string | null;
  readonly fromMe: boolean;
  /** The sending device: whose Signal session and sender keys the payloads belong to. */
  readonly author: string;
  readonly pushName: string | null;
  /** Null when the stanza has no usable time. */
  readonly timestampMs: number | null;
  readonly delayed: boolean;
  /** `peer`: from our own phone to this device, not for the user. */
  readonly category: string | null;
}

/** Reads a `<message>` stanza; null when it lacks what every message has. Never throws. */
export function readEnvelope(stanza: BinaryNode, own: OwnAddresses): Envelope | null {
  const { attrs } = stanza;
  const { id, from } = attrs;
  if (!id || !from) return null;
  const server = jidDecode(from)?.server ?? '';
  const isPerson = isPhoneServer(server) || isLidServer(server);
  const author = isPerson || server === 'newsletter' ? from : attrs.participant;
  if (!author) return null;
  const fromMe = isSameUser(author, own.phoneJid) || isSameUser(author, own.lid);
  const seconds = Number(attrs.t);
  const place = isPerson ? readDirect(attrs, from, fromMe) : readShared(attrs, from);
  return {
    ...place,
    messageId: id,
    fromMe,
    author,
    pushName: attrs.notify ?? null,
    timestampMs: seconds > 0 ? seconds * 1000 : null,
    delayed: !!attrs.offline,
    category: attrs.category ?? null,
  };
}

type Attributes = BinaryNode['attrs'];
type Place = Pick<Envelope, 'chat' | 'chatAlt' | 'participant' | 'participantAlt'>;

/** A chat with one person: what we wrote elsewhere names the chat as `recipient`. */
function readDirect(attrs: Attributes, from: string, fromMe: boolean): Place {
  const sentElsewhere = fromMe && attrs.recipient ? attrs.recipient : null;
  const chat = sentElsewhere ?? from;
  const alt = sentElsewhere
    ? otherForm(chat, attrs, ['peer_recipient', 'recipient'])
    : otherForm(chat, attrs, ['sender']);
  return { chat: bareJid(chat) ?? chat, chatAlt: alt, participant: null, participantAlt: null };
}

/** A group, a broadcast list, the status feed or a channel. */
function readShared(attrs: Attributes, from: string): Place {
  const participant = attrs.participant ?? null;
  return {
    chat: bareJid(from) ?? from,
    chatAlt: null,
    participant: bareJid(participant),
    participantAlt: participant && otherForm(participant, attrs, ['participant', 'sender']),
  };
}

/** The LID of a phone address or the phone address of a LID, from the first attribute that has it. */
function otherForm(jid: string, attrs: Attributes, names: readonly string[]): string | null {
  const isLid = isLidServer(jidDecode(jid)?.server ?? '');
  const found = names.map((name) => attrs[`${name}_${isLid ? 'pn' : 'lid'}`]).find(Boolean);
  return bareJid(found);
}
