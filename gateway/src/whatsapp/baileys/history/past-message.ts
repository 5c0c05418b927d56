import { proto } from 'baileys';
import type { HistoryBudget, PastMessage } from '../../history.ts';
import { bareJid } from '../jid.ts';
import type { LidMapping } from '../lid-mapping.ts';
import { isForUser, plainContent } from '../wire-message.ts';

const { Status } = proto.WebMessageInfo;

const STATUSES: Readonly<Record<number, NonNullable<PastMessage['status']>>> = {
  [Status.DELIVERY_ACK]: 'delivered',
  [Status.READ]: 'read',
  [Status.PLAYED]: 'played',
};

const DAY_MS = 24 * 3_600_000;

const sentAtMs = ({ messageTimestamp }: proto.IWebMessageInfo): number =>
  Number(messageTimestamp ?? 0) * 1000;

/** The messages of a chunk that the budget allows, newest first. Pure. */
export function withinBudget<Info extends proto.IWebMessageInfo>(
  infos: readonly Info[],
  budget: HistoryBudget,
  nowMs: number,
): Info[] {
  if (typeof budget === 'string') return [];
  const sinceMs = nowMs - budget.days * DAY_MS;
  return infos
    .filter((info) => sentAtMs(info) >= sinceMs)
    .sort((one, other) => sentAtMs(other) - sentAtMs(one));
}

/** A message as the history carries it; null for what is none, or lacks what all have. Pure. */
export function pastMessage(info: proto.IWebMessageInfo): PastMessage | null {
  const { key, message, status } = info;
  const chat = bareJid(key?.remoteJid);
  if (!key?.id || !chat || !message || !isForUser(message)) return null;
  const fromMe = key.fromMe === true;
  return {
    messageId: key.id,
    chat,
    chatAlt: null,
    participant: bareJid(key.participant ?? info.participant),
    participantAlt: null,
    fromMe,
    pushName: info.pushName ?? null,
    timestampMs: sentAtMs(info),
    delayed: false,
    status: fromMe ? (STATUSES[status ?? 0] ?? 'sent') : null,
    content: plainContent(message),
    encoded: proto.Message.encode(message).finish(),
  };
}

/** Adds the LID of whoever the message names by phone number, as far as it is known. */
export async function nameTwice(
  message: PastMessage,
  known: Pick<LidMapping, 'getKnownLid'>,
): Promise<PastMessage> {
  const { chat, participant } = message;
  const [chatAlt, participantAlt] = await Promise.all([
    known.getKnownLid(chat),
    participant === null ? null : known.getKnownLid(participant),
  ]);
  return { ...message, chatAlt, participantAlt };
}
