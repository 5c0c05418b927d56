import type { proto } from 'baileys';
import { type Account, accountJid } from '../accounts/account.ts';
import {
  type HistoryChat,
  type HistoryMessage,
  makeHistory,
  splitHistory,
  webMessage,
} from '../content/history.ts';
import type { World } from '../server/world.ts';
import type { DeliveryState, KnownMessage, PhoneRecords } from './records.ts';

/** Whose history, and what it is made of. */
export interface HistorySource {
  readonly world: World;
  readonly account: Account;
  readonly records: PhoneRecords;
}

/** How much of the history a new device is given. */
export interface HistoryExtent {
  readonly perChat: number;
  readonly perChunk: number;
}

/**
 * What a new device is told: the newest message of each chat, names, then the rest in chunks.
 */
export function historyFor(
  source: HistorySource,
  { perChat, perChunk }: HistoryExtent,
): proto.IHistorySync[] {
  const chats = chatsOf(source, messagesOf(source.records));
  const newest = chats.map((chat) => ({ ...chat, messages: chat.messages.slice(0, 1) }));
  const rest = chats.map((chat) => ({ ...chat, messages: chat.messages.slice(1, perChat) }));
  const people = [...source.account.acquaintances, source.account];
  const lidMappings = people.map((person) => ({
    phone: accountJid(person, 'pn'),
    lid: accountJid(person, 'lid'),
  }));
  const pushNames = people.map((person) => ({ jid: accountJid(person, 'pn'), name: person.name }));
  return [
    makeHistory('bootstrap', { chats: newest, lidMappings }, { order: 1, progress: 0 }),
    makeHistory('push-names', { pushNames }, { order: 1, progress: 100 }),
    ...splitHistory(
      'recent',
      rest.filter(({ messages }) => messages.length > 0),
      perChunk,
    ),
  ];
}

/** Up to `count` messages of a chat before a given one. */
export function historyBefore(
  source: HistorySource,
  request: { readonly chat: string; readonly beforeId: string; readonly count: number },
): proto.IHistorySync {
  const inChat = messagesOf(source.records).filter(({ chat }) => chat === request.chat);
  const index = inChat.findIndex(({ id }) => id === request.beforeId);
  const older = inChat.slice(index + 1, index + 1 + request.count);
  return makeHistory('on-demand', { chats: chatsOf(source, older) }, { order: 1, progress: 100 });
}

/** A message of either direction, as phones share it with their linked devices. */
export function sharedMessage(account: Account, message: KnownMessage): proto.IWebMessageInfo {
  return webMessage(message.chat, historyMessage(account, message));
}

/** Newest first. */
function messagesOf(records: PhoneRecords): KnownMessage[] {
  const all: KnownMessage[] = [...records.received, ...records.sent];
  return all.sort((one, other) => records.orderOf(other) - records.orderOf(one));
}

function chatsOf(
  { world, account }: HistorySource,
  messages: readonly KnownMessage[],
): HistoryChat[] {
  const byChat = new Map<string, KnownMessage[]>();
  for (const message of messages) {
    const list = byChat.get(message.chat);
    if (list) list.push(message);
    else byChat.set(message.chat, [message]);
  }
  return [...byChat].map(([id, list]): HistoryChat => {
    const person = world.directory.find(id);
    const group = world.groups.find(id);
    return {
      id,
      ...(person ? { lid: accountJid(person, 'lid'), phone: id } : {}),
      ...(person ? tokenFrom(person, world, account) : {}),
      ...(group ? { name: group.subject.text } : {}),
      unread: list.filter(isUnread).length,
      messages: list.map((message) => historyMessage(account, message)),
    };
  });
}

function tokenFrom(
  person: Account,
  { tokens }: World,
  account: Account,
): Pick<HistoryChat, 'token'> {
  const given = tokens.find(person, account);
  if (!given) return {};
  const own = tokens.find(account, person);
  const { bytes, issuedS: givenS } = given;
  return { token: { bytes, givenS, ...(own ? { ownGivenS: own.issuedS } : {}) } };
}

function isUnread(message: KnownMessage): boolean {
  return 'readAtMs' in message && !message.fromMe && message.readAtMs === null;
}

function historyMessage(account: Account, message: KnownMessage): HistoryMessage {
  const isReceived = 'senderDevice' in message;
  const author = isReceived ? message.sender : accountJid(account, 'pn');
  const isDirect = message.chat.endsWith('@s.whatsapp.net');
  return {
    id: message.id,
    fromMe: author === accountJid(account, 'pn'),
    atS: message.timestampS,
    message: message.message,
    ...(isDirect ? {} : { participant: author }),
    ...(isReceived && message.pushName !== null ? { pushName: message.pushName } : {}),
    ...(isReceived ? {} : { status: STATUS[message.state] }),
  };
}

const STATUS: Readonly<Record<DeliveryState, 'sent' | 'delivered' | 'read' | 'played'>> = {
  pending: 'sent',
  failed: 'sent',
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'played',
};
