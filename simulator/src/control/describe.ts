import type { Account } from '../accounts/account.ts';
import { accountJid } from '../accounts/account.ts';
import { parseJid, STATUS_BROADCAST } from '../accounts/jid.ts';
import { type Content, mediaOf, textOf } from '../content/content.ts';
import type { AccountHandle, GroupHandle, LinkedDevice } from '../handles.ts';
import type { KnownMessage } from '../phone/records.ts';
import type { LedgerEntry } from '../server/ledger.ts';
import type { Violation } from '../server/violations.ts';
import type { Simulator } from '../simulator.ts';
import type {
  AccountView,
  ChatView,
  DeviceView,
  GroupView,
  LedgerEntryView,
  MessageView,
  ViolationView,
} from './contract/views.ts';

/* From the simulated world to what the API shows. All of it is computed on demand and kept nowhere. */

const isoTime = (ms: number): string => new Date(ms).toISOString();

export function describeAccount(simulator: Simulator, handle: AccountHandle): AccountView {
  const { account, phone, number, jid, lid, name } = handle;
  const { deliveryReceipts, readsAtOnce, ...answering } = phone.habits;
  const { answersDevices, keepsMedia, answersRetries, asksForRetries } = answering;
  return {
    number,
    jid,
    lid,
    name,
    about: account.about.text,
    picture: picturePath(account),
    unread: phone.records.unread(),
    devices: handle.devices.map((device) => describeDevice(account, device)),
    habits: {
      deliveryReceipts,
      readsAtOnce,
      answersDevices,
      keepsMedia,
      answersRetries,
      asksForRetries,
    },
    standing: describeStanding(simulator, account),
  };
}

function describeStanding({ standings }: Simulator, account: Account): AccountView['standing'] {
  const untilMs = standings.restrictedUntil(account);
  const quota = standings.quotaOf(account);
  return {
    banned: standings.isBanned(account),
    restrictedUntil: untilMs === null ? null : isoTime(untilMs),
    newChats: quota && {
      total: quota.total,
      used: quota.used,
      until: isoTime(quota.cycleEndMs),
    },
  };
}

export function describeDevice(account: Account, device: LinkedDevice): DeviceView {
  return {
    id: device.id,
    jid: device.jid,
    platform: device.platform,
    pushName: account.devices.get(device.id)?.pushName ?? null,
    online: device.isConnected,
    waiting: device.waiting,
    linkedAt: isoTime(device.linkedAtMs),
  };
}

/** The path under which the API shows a profile picture; it changes with the picture. */
function picturePath(account: Account): string | null {
  return account.picture && `/api/accounts/${account.phone}/picture?v=${account.picture.id}`;
}

export function describeMessage(
  simulator: Simulator,
  owner: AccountHandle,
  message: KnownMessage,
): MessageView {
  const isReceived = 'sender' in message;
  const fromMe = !isReceived || message.fromMe;
  const senderJid = fromMe ? owner.jid : message.sender;
  const sender = simulator.accounts.find(senderJid);
  return {
    id: message.id,
    chat: message.chat,
    order: owner.phone.records.orderOf(message),
    fromMe,
    sender: {
      number: sender?.number ?? null,
      jid: senderJid,
      name: sender?.name ?? (isReceived ? message.pushName : null) ?? senderJid,
    },
    at: isoTime(message.timestampS * 1000),
    type: message.content.type,
    text: textOfMessage(message),
    content: describeContent(message.content),
    media: describeMedia(owner, message),
    state: message.state,
    error: isReceived ? null : message.error,
    receipts: isReceived ? [] : [...message.receipts].map(([device, state]) => ({ device, state })),
    readAt: isReceived && message.readAtMs !== null ? isoTime(message.readAtMs) : null,
  };
}

export function textOfMessage(message: KnownMessage): string {
  return 'text' in message ? message.text : textOf(message.content);
}

function describeMedia(owner: AccountHandle, { id, content }: KnownMessage): MessageView['media'] {
  const reference = mediaOf(content);
  const source = 'media' in content ? content.media : null;
  const bytes = reference?.fileLength ?? (source && 'bytes' in source ? source.bytes.length : null);
  if (bytes === null) return null;
  return {
    path: `/api/accounts/${owner.number}/messages/${encodeURIComponent(id)}/media`,
    mimetype: ('mimetype' in content ? content.mimetype : null) ?? null,
    bytes,
    fileName: (content.type === 'document' ? content.fileName : null) ?? null,
  };
}

/** What only devices tell one another may be large and says nothing to people. */
const FOR_DEVICES = new Set<Content['type']>([
  'app-state-keys',
  'app-state-key-request',
  'history',
  'history-request',
  'placeholder-request',
  'placeholder-response',
]);

/** A content as JSON: bytes as base64, files left out (`media` of the message says where they are). */
export function describeContent(content: Content): MessageView['content'] {
  if (FOR_DEVICES.has(content.type)) return { type: content.type };
  return toJson(content) as MessageView['content'];
}

function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) =>
      name === 'media' ? [] : [[name, toJson(inner)]],
    ),
  );
}

/** Chats of an account, the one with the newest message first. */
export function describeChats(simulator: Simulator, owner: AccountHandle): ChatView[] {
  const { records } = owner.phone;
  const newest = new Map<string, KnownMessage>();
  for (const message of [...records.received, ...records.sent]) {
    const { chat } = message;
    const known = newest.get(chat);
    if (!known || records.orderOf(known) < records.orderOf(message)) newest.set(chat, message);
  }
  const mine = simulator.groups.all().filter(({ group }) => group.members.has(owner.account));
  const names = new Set([...newest.keys(), ...mine.map(({ jid }) => jid)]);
  return [...names]
    .map((chat): ChatView => {
      const last = newest.get(chat);
      return {
        ...describePeer(simulator, chat),
        unread: records.unread(chat),
        last: last ? describeMessage(simulator, owner, last) : null,
      };
    })
    .sort((one, other) => (other.last?.order ?? 0) - (one.last?.order ?? 0));
}

/** Who is behind the address of a chat. */
export function describePeer(
  { accounts, groups }: Simulator,
  chat: string,
): Pick<ChatView, 'chat' | 'kind' | 'name' | 'number' | 'picture'> {
  const group = groups.find(chat);
  if (group) return { chat, kind: 'group', name: group.subject, number: null, picture: null };
  if (chat === STATUS_BROADCAST) {
    return { chat, kind: 'status', name: 'Status', number: null, picture: null };
  }
  const person = accounts.find(chat);
  if (!person) {
    return { chat, kind: 'other', name: parseJid(chat)?.user ?? chat, number: null, picture: null };
  }
  const { name, number, account } = person;
  return { chat, kind: 'person', name, number, picture: picturePath(account) };
}

export function isUnread(message: KnownMessage): boolean {
  return 'sender' in message && !message.fromMe && message.readAtMs === null;
}

export function describeGroup(handle: GroupHandle): GroupView {
  const { group } = handle;
  return {
    jid: group.jid,
    subject: group.subject.text,
    description: group.description?.text ?? null,
    creator: group.creator.phone,
    createdAt: isoTime(group.createdAtMs),
    addressing: group.addressing,
    members: [...group.members].map(([member, role]) => ({
      number: member.phone,
      jid: accountJid(member, 'pn'),
      name: member.name,
      role,
    })),
    announce: group.announce,
    locked: group.locked,
    approval: group.approval,
    memberAddMode: group.memberAddMode,
    ephemeralS: group.ephemeralS,
    inviteCode: group.inviteCode,
    requests: [...group.requests].map(([person, { atMs }]) => ({
      number: person.phone,
      name: person.name,
      at: isoTime(atMs),
    })),
  };
}

export function describeViolation({ atMs, ...violation }: Violation): ViolationView {
  return { at: isoTime(atMs), ...violation };
}

export function describeLedgerEntry({ atMs, ...entry }: LedgerEntry): LedgerEntryView {
  return { at: isoTime(atMs), ...entry };
}
