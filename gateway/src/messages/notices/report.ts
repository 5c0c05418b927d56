import { bareAddress, isSharedChat, lidAddress, phoneAddress } from '../../contacts/address.ts';
import type {
  CallNotice,
  ChatsNotice,
  ContactNotice,
  GroupChange,
  GroupNotice,
  IdentityNotice,
  Named,
  NamesNotice,
  Notice,
  PresenceNotice,
  UnreadableNotice,
} from '../../whatsapp/notice.ts';
import { envelopeOf } from '../normalise/normalise.ts';
import type { Envelope } from '../normalise/payload.ts';
import {
  addressesOf,
  type Directory,
  type OwnIdentity,
  type Person,
  personOf,
} from '../normalise/people.ts';
import type { MessageRecord } from '../store.ts';

/** What a notice becomes: a row of the chat's history where it belongs into one, and an event. */
export interface NoticeReport {
  /** Shared with the messages of the chat, so that all of it is delivered in order. */
  readonly orderKey: string;
  readonly message: MessageRecord | null;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is known beside the notice itself. */
export interface NoticeContext {
  readonly own: OwnIdentity;
  readonly directory: Directory;
  /** The offer of a call that goes on or ends; null when it is not kept. */
  readonly offer: MessageRecord | null;
}

/** The row that says that a message could not be read; it goes by another id than the message. */
export const unreadableId = (messageId: string): string => `unreadable:${messageId}`;

/** Decides what is kept and what is told of a notice. Pure. */
export function reportOfNotice(
  notice: Exclude<Notice, ChatsNotice | IdentityNotice | NamesNotice>,
  context: NoticeContext,
): NoticeReport {
  switch (notice.type) {
    case 'call':
      return callReport(notice, context);
    case 'group':
      return groupReport(notice, context);
    case 'contact':
      return contactReport(notice, context);
    case 'presence':
      return presenceReport(notice, context);
    case 'unreadable':
      return unreadableReport(notice, context);
    case 'history': {
      const { percent, chats, messages } = notice;
      const data = { percent, chats, messages };
      return { orderKey: 'history', message: null, event: 'history.progress', data };
    }
  }
}

/** Everybody whom a notice names. */
export function peopleIn(notice: Notice): readonly Named[] {
  switch (notice.type) {
    case 'call':
      return [notice.caller];
    case 'group': {
      const { by, change } = notice;
      return [...(by ? [by] : []), ...('people' in change ? change.people : [])];
    }
    case 'contact':
      return [notice.person];
    case 'presence':
      return [{ address: notice.participant ?? notice.chat, alt: null }];
    case 'unreadable':
      return [notice.chat, ...(notice.participant ? [notice.participant] : [])];
    case 'identity':
      return notice.people;
    case 'names':
      return notice.people.map(({ person }) => person);
    case 'chats':
    case 'history':
      return [];
  }
}

function callReport(notice: CallNotice, context: NoticeContext): NoticeReport {
  const { callId, state, caller, group, timestampMs, delayed } = notice;
  const { own, directory, offer } = context;
  const fromMe = isOwn(caller, own);
  const told = (offer?.data['call'] ?? {}) as { isVideo?: boolean; isGroup?: boolean };
  const isVideo = notice.isVideo || told.isVideo === true;
  const isGroup = notice.isGroup || told.isGroup === true;
  const isOffer = state === 'offer';
  const wire = {
    messageId: isOffer ? callId : notice.noticeId,
    chat: group ?? caller.address,
    chatAlt: group ? null : caller.alt,
    participant: group ? caller.address : null,
    participantAlt: group ? caller.alt : null,
    fromMe,
    pushName: null,
    timestampMs,
    delayed,
  };
  const envelope = envelopeOf(wire, addressesOf(wire, own, directory));
  const { chatId, phone, lid } = envelope;
  const data = { ...envelope, type: 'call', call: { callId, state, isVideo, isGroup } };
  const row = rowOf(data, timestampMs, own);
  return {
    orderKey: chatId,
    message: isOffer ? row : { ...row, type: 'call_end', targetId: callId },
    event: 'call.received',
    data: {
      callId,
      chatId,
      phone,
      lid,
      state,
      isVideo,
      isGroup,
      delayed,
      timestamp: envelope.timestamp,
    },
  };
}

function groupReport(notice: GroupNotice, { own, directory }: NoticeContext): NoticeReport {
  const { group, by, change, pushName, timestampMs, delayed, noticeId } = notice;
  const author = by && personOf(by, directory);
  const wire = {
    messageId: noticeId,
    chat: group,
    chatAlt: null,
    participant: by?.address ?? null,
    participantAlt: by?.alt ?? null,
    fromMe: by !== null && isOwn(by, own),
    pushName,
    timestampMs,
    delayed,
  };
  const envelope = envelopeOf(wire, addressesOf(wire, own, directory));
  const { event, details } = groupEvent(change, directory);
  const data = { ...envelope, type: 'system', system: { event, ...details } };
  return {
    orderKey: group,
    message: rowOf(data, timestampMs, own),
    event,
    data: {
      chatId: group,
      ...details,
      by: author?.address ?? null,
      byPhone: author?.phone ?? null,
      byLid: author?.lid ?? null,
      fromMe: wire.fromMe,
      timestamp: envelope.timestamp,
      delayed,
    },
  };
}

function groupEvent(change: GroupChange, directory: Directory) {
  const named = (people: readonly Named[]) => {
    const persons = people.map((one) => personOf(one, directory));
    return { participants: persons.map(({ address }) => address), people: persons.map(viewPerson) };
  };
  switch (change.kind) {
    case 'joined':
      return { event: 'group.joined', details: { subject: change.subject } };
    case 'participants':
      return {
        event: 'group.participants',
        details: { action: change.action, ...named(change.people) },
      };
    case 'join_request':
      return {
        event: 'group.join_request',
        details: { action: change.action, ...named(change.people) },
      };
    case 'property':
      return {
        event: 'group.updated',
        details: { changed: [change.name], [change.name]: change.value },
      };
  }
}

function contactReport(notice: ContactNotice, { directory }: NoticeContext): NoticeReport {
  const { changed, value } = notice;
  const { address, phone, lid } = personOf(notice.person, directory);
  const told = changed === 'picture' ? {} : { [changed]: value };
  return {
    orderKey: address,
    message: null,
    event: 'contact.updated',
    data: { chatId: address, phone, lid, changed: [changed], ...told },
  };
}

function presenceReport(notice: PresenceNotice, { directory }: NoticeContext): NoticeReport {
  const { presence, lastSeenMs, participant } = notice;
  const canonical = (address: string) => personOf({ address, alt: null }, directory).address;
  const chatId = isSharedChat(notice.chat) ? bareAddress(notice.chat) : canonical(notice.chat);
  return {
    orderKey: `presence:${chatId}`,
    message: null,
    event: 'presence.updated',
    data: {
      chatId,
      participant: participant && canonical(participant),
      presence,
      lastSeenAt: lastSeenMs === null ? null : new Date(lastSeenMs).toISOString(),
    },
  };
}

function unreadableReport(notice: UnreadableNotice, context: NoticeContext): NoticeReport {
  const { messageId, chat, participant, fromMe, timestampMs, reason } = notice;
  const wire = {
    messageId: unreadableId(messageId),
    chat: chat.address,
    chatAlt: chat.alt,
    participant: participant?.address ?? null,
    participantAlt: participant?.alt ?? null,
    fromMe,
    pushName: null,
    timestampMs,
    delayed: false,
  };
  const envelope = envelopeOf(wire, addressesOf(wire, context.own, context.directory));
  const { chatId, phone, lid, timestamp } = envelope;
  const row = rowOf({ ...envelope, type: 'unreadable' }, timestampMs, context.own);
  return {
    orderKey: chatId,
    message: { ...row, targetId: messageId },
    event: 'message.undecryptable',
    data: {
      messageId,
      chatId,
      phone,
      lid,
      participant: envelope.participant,
      fromMe,
      timestamp,
      reason,
    },
  };
}

function rowOf(
  data: Envelope & { readonly type: string },
  timestampMs: number,
  own: OwnIdentity,
): MessageRecord {
  const { messageId, chatId, participant, fromMe, type } = data;
  return {
    messageId,
    chatId,
    senderId: fromMe && own.phone ? phoneAddress(own.phone) : (participant ?? chatId),
    fromMe,
    type,
    status: fromMe ? 'sent' : 'received',
    timestampMs,
    data: { ...data },
    encoded: null,
  };
}

function isOwn({ address, alt }: Named, { phone, lid }: OwnIdentity): boolean {
  const names = [
    phone === null ? null : phoneAddress(phone),
    lid === null ? null : lidAddress(lid),
  ];
  return [address, alt].some((one) => one !== null && names.includes(bareAddress(one)));
}

const viewPerson = ({ address, phone, lid }: Person) => ({ chatId: address, phone, lid });
