import type { FeedEvent, MessageNews, TypingView } from '../../../src/control/contract/feed.ts';
import type {
  AccountView,
  ActiveFaultView,
  ChatView,
  FaultKindView,
  GroupView,
  MessageView,
  PairingView,
  ViolationView,
} from '../../../src/control/contract/views.ts';
import type { Reading } from './reading.ts';

/** Everything the page shows. It is only ever replaced, never changed in place. */
export interface World {
  readonly accounts: ReadonlyMap<string, AccountView>;
  readonly groups: ReadonlyMap<string, GroupView>;
  readonly pairing: PairingView;
  readonly faults: {
    readonly kinds: readonly FaultKindView[];
    readonly active: readonly ActiveFaultView[];
  };
  readonly violations: readonly ViolationView[];
  /** The phone in hand. */
  readonly phone: Phone | null;
}

export interface Phone {
  readonly number: string;
  /** The one with the newest message first. */
  readonly chats: readonly ChatView[];
  /** Of `chats`; until they have been read, only what just happened is in them. */
  readonly reading: Reading;
  readonly chat: OpenChat | null;
  /** Who is typing where. */
  readonly typing: readonly TypingView[];
}

export interface OpenChat {
  readonly id: string;
  /** In the order in which the phone saw them. */
  readonly messages: readonly MessageView[];
  /** Of `messages`; until they have been read, only what just happened is in them. */
  readonly reading: Reading;
  /** There are older ones to read. */
  readonly more: boolean;
}

export const EMPTY_WORLD: World = {
  accounts: new Map(),
  groups: new Map(),
  pairing: { waiting: [], codes: [] },
  faults: { kinds: [], active: [] },
  violations: [],
  phone: null,
};

/** A page that is open for a day must not grow: older messages can be read again. */
const MAX_MESSAGES = 500;
const MAX_VIOLATIONS = 200;

/** The world after an event. Events carry whole states, so that a repeated one changes nothing. */
export function apply(world: World, event: FeedEvent): World {
  switch (event.name) {
    case 'account.created':
    case 'account.changed':
    case 'device.linked':
    case 'device.unlinked':
    case 'device.online':
    case 'device.offline': {
      const { account } = event.data;
      return { ...world, accounts: new Map(world.accounts).set(account.number, account) };
    }
    case 'pairing.changed':
      return { ...world, pairing: event.data };
    case 'group.changed':
      return { ...world, groups: new Map(world.groups).set(event.data.jid, event.data) };
    case 'faults.changed':
      return { ...world, faults: { ...world.faults, active: event.data.active } };
    case 'violation':
      return { ...world, violations: withViolation(world.violations, event.data) };
    case 'typing':
      return onPhone(world, event.data.account, (phone) => ({
        ...phone,
        typing: withTyping(phone.typing, event.data),
      }));
    case 'message.received':
    case 'message.sent':
    case 'message.changed':
      return withMessage(world, event.data);
    case 'ledger':
    case 'reset':
      return world;
  }
}

/** One that was read may be told of as well. */
function withViolation(
  known: readonly ViolationView[],
  { at, rule, device, text }: ViolationView,
): readonly ViolationView[] {
  const isKnown = known.some(
    (one) => one.at === at && one.rule === rule && one.device === device && one.text === text,
  );
  return isKnown ? known : [...known, { at, rule, device, text }].slice(-MAX_VIOLATIONS);
}

function withMessage(world: World, { account: number, message, unread }: MessageNews): World {
  const account = world.accounts.get(number);
  const accounts = account
    ? new Map(world.accounts).set(number, { ...account, unread: unread.phone })
    : world.accounts;
  return onPhone({ ...world, accounts }, number, (phone) => ({
    ...phone,
    chats: withLast(phone.chats, world, message, unread.chat),
    chat: phone.chat && withMessageInChat(phone.chat, message),
    // Whoever has sent something has stopped typing it.
    typing: message.fromMe
      ? phone.typing
      : phone.typing.filter(
          ({ chat, sender }) => chat !== message.chat || sender !== message.sender.jid,
        ),
  }));
}

function onPhone(world: World, number: string, change: (phone: Phone) => Phone): World {
  return world.phone?.number === number ? { ...world, phone: change(world.phone) } : world;
}

function withLast(
  chats: readonly ChatView[],
  world: World,
  message: MessageView,
  unread: number,
): readonly ChatView[] {
  const known = chats.find(({ chat }) => chat === message.chat) ?? peerOf(world, message.chat);
  const isNewest = !known.last || known.last.order <= message.order;
  const changed = { ...known, unread, last: isNewest ? message : known.last };
  const others = chats.filter(({ chat }) => chat !== message.chat);
  return [...others, changed].sort(byNewest);
}

export function byNewest(one: ChatView, other: ChatView): number {
  return (other.last?.order ?? 0) - (one.last?.order ?? 0);
}

/** A chat that has no message yet. */
export function peerOf({ accounts, groups }: World, chat: string): ChatView {
  const empty = { chat, unread: 0, last: null };
  const group = groups.get(chat);
  if (group) {
    return { ...empty, kind: 'group', name: group.subject, number: null, picture: null };
  }
  const person = accounts.get(chat.split('@')[0] ?? '');
  if (person?.jid === chat) {
    const { name, number, picture } = person;
    return { ...empty, kind: 'person', name, number, picture };
  }
  const isStatus = chat === 'status@broadcast';
  return {
    ...empty,
    kind: isStatus ? 'status' : 'other',
    name: isStatus ? 'Status' : (chat.split('@')[0] ?? chat),
    number: null,
    picture: null,
  };
}

export function withMessageInChat(chat: OpenChat, message: MessageView): OpenChat {
  if (chat.id !== message.chat) return chat;
  const index = chat.messages.findLastIndex(({ id }) => id === message.id);
  if (index >= 0) return { ...chat, messages: chat.messages.with(index, message) };
  const oldest = chat.messages[0];
  if (chat.reading.state === 'read' && oldest && message.order < oldest.order) return chat;
  const messages = [...chat.messages, message].sort((one, other) => one.order - other.order);
  return messages.length > MAX_MESSAGES
    ? { ...chat, messages: messages.slice(-MAX_MESSAGES), more: true }
    : { ...chat, messages };
}

function withTyping(typing: readonly TypingView[], news: TypingView): readonly TypingView[] {
  const others = typing.filter(({ chat, sender }) => chat !== news.chat || sender !== news.sender);
  return news.state === 'paused' ? others : [...others, news];
}
