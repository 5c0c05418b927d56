import { deflateSync, inflateSync } from 'node:zlib';
import { proto } from 'baileys';
import type { MediaServer } from '../media/port.ts';
import { given } from './given.ts';
import { fetchMedia, type MediaContext, readMedia, uploadMedia } from './media.ts';

const { HistorySyncType } = proto.HistorySync;

/** What a chunk of history is for, by WhatsApp's names. */
export type HistoryKind =
  | 'bootstrap'
  | 'recent'
  | 'full'
  | 'on-demand'
  | 'push-names'
  | 'statuses'
  | 'non-blocking';

const KINDS: Readonly<Record<HistoryKind, proto.HistorySync.HistorySyncType>> = {
  bootstrap: HistorySyncType.INITIAL_BOOTSTRAP,
  recent: HistorySyncType.RECENT,
  full: HistorySyncType.FULL,
  'on-demand': HistorySyncType.ON_DEMAND,
  'push-names': HistorySyncType.PUSH_NAME,
  statuses: HistorySyncType.INITIAL_STATUS_V3,
  'non-blocking': HistorySyncType.NON_BLOCKING_DATA,
};

/** A chat as history carries it. JIDs without device; messages newest first, as phones send them. */
export interface HistoryChat {
  readonly id: string;
  readonly name?: string;
  /** The other address of the person. */
  readonly lid?: string;
  readonly phone?: string;
  readonly unread?: number;
  readonly archived?: boolean;
  /** Unix seconds; 0 is not pinned. */
  readonly pinnedS?: number;
  /** Unix seconds. */
  readonly mutedUntilS?: number;
  readonly expiresInS?: number;
  /** With which the person lets this account write to them; when it was given, and when ours to them. */
  readonly token?: {
    readonly bytes: Uint8Array;
    readonly givenS: number;
    readonly ownGivenS?: number;
  };
  readonly messages: readonly HistoryMessage[];
}

export interface HistoryMessage {
  readonly id: string;
  readonly fromMe: boolean;
  /** The author, in groups. */
  readonly participant?: string;
  readonly pushName?: string;
  /** Unix seconds. */
  readonly atS: number;
  readonly message: proto.IMessage;
  readonly status?: 'sent' | 'delivered' | 'read' | 'played';
}

export interface HistoryParts {
  readonly chats?: readonly HistoryChat[];
  readonly pushNames?: readonly { readonly jid: string; readonly name: string }[];
  readonly lidMappings?: readonly { readonly phone: string; readonly lid: string }[];
  /** Status messages of others. */
  readonly statuses?: readonly proto.IWebMessageInfo[];
}

/** One chunk; `progress` is in percent over all chunks. */
export function makeHistory(
  kind: HistoryKind,
  parts: HistoryParts,
  chunk: { readonly order: number; readonly progress: number },
): proto.IHistorySync {
  return {
    syncType: KINDS[kind],
    chunkOrder: chunk.order,
    progress: chunk.progress,
    conversations: (parts.chats ?? []).map(makeConversation),
    pushnames: (parts.pushNames ?? []).map(({ jid, name }) => ({ id: jid, pushname: name })),
    phoneNumberToLidMappings: (parts.lidMappings ?? []).map(({ phone, lid }) => ({
      pnJid: phone,
      lidJid: lid,
    })),
    statusV3Messages: [...(parts.statuses ?? [])],
  };
}

/**
 * Chats cut into chunks of at most so many messages; a long chat continues in the next chunk, and a
 * chat without messages is carried once. Progress grows to 100.
 */
export function splitHistory(
  kind: HistoryKind,
  chats: readonly HistoryChat[],
  messagesPerChunk: number,
): proto.IHistorySync[] {
  const groups: HistoryChat[][] = [[]];
  let room = messagesPerChunk;
  for (const chat of chats) {
    let rest = chat.messages;
    do {
      if (room === 0) {
        groups.push([]);
        room = messagesPerChunk;
      }
      const messages = rest.slice(0, room);
      groups.at(-1)?.push({ ...chat, messages });
      rest = rest.slice(messages.length);
      room -= messages.length;
    } while (rest.length > 0);
  }
  return groups.map((group, index) => {
    const progress = Math.floor((100 * (index + 1)) / groups.length);
    return makeHistory(kind, { chats: group }, { order: index + 1, progress });
  });
}

/** History inside of the notification itself, deflated: what phones do with the first chunk. */
export function inlineHistory(history: proto.IHistorySync): proto.Message.IHistorySyncNotification {
  return {
    ...describeChunk(history),
    initialHistBootstrapInlinePayload: deflateSync(proto.HistorySync.encode(history).finish()),
  };
}

/**
 * History stored like media. Baileys fetches it from WhatsApp's own host whatever `media_conn` says,
 * so it only reaches clients that ask another host.
 */
export function storedHistory(
  history: proto.IHistorySync,
  context: Pick<MediaContext, 'media' | 'random'>,
): proto.Message.IHistorySyncNotification {
  const deflated = deflateSync(proto.HistorySync.encode(history).finish());
  const { directPath, mediaKey, fileSha256, fileEncSha256, fileLength } = uploadMedia(
    deflated,
    'history',
    context,
  );
  return {
    ...describeChunk(history),
    directPath,
    mediaKey,
    fileSha256,
    fileEncSha256,
    fileLength,
  };
}

/** The history that a notification carries or points to. Throws when it cannot be read. */
export function openHistory(
  notification: proto.Message.IHistorySyncNotification,
  server: Pick<MediaServer, 'read'>,
): proto.HistorySync {
  const inline = notification.initialHistBootstrapInlinePayload;
  if (inline) return proto.HistorySync.decode(inflateSync(inline));
  const reference = readMedia(notification, 'history');
  if (!reference) throw new Error('the notification has no history');
  return proto.HistorySync.decode(inflateSync(fetchMedia(reference, server)));
}

function describeChunk(history: proto.IHistorySync): proto.Message.IHistorySyncNotification {
  return {
    syncType: history.syncType as unknown as proto.Message.HistorySyncType,
    ...given({ chunkOrder: history.chunkOrder, progress: history.progress }),
  };
}

const Status = proto.WebMessageInfo.Status;
const STATUSES = {
  sent: Status.SERVER_ACK,
  delivered: Status.DELIVERY_ACK,
  read: Status.READ,
  played: Status.PLAYED,
} as const;

/** A message as history and placeholder answers carry it. */
export function webMessage(chat: string, message: HistoryMessage): proto.IWebMessageInfo {
  const { id, fromMe, participant, pushName, atS, status } = message;
  return {
    key: { remoteJid: chat, id, fromMe, ...given({ participant }) },
    message: message.message,
    messageTimestamp: atS,
    ...given({ participant, pushName, status: status && STATUSES[status] }),
  };
}

function makeConversation(chat: HistoryChat): proto.IConversation {
  const [newest] = chat.messages;
  return {
    id: chat.id,
    messages: chat.messages.map((message, index) => ({
      message: webMessage(chat.id, message),
      msgOrderId: chat.messages.length - index,
    })),
    ...given({
      name: chat.name,
      lidJid: chat.lid,
      pnJid: chat.phone,
      unreadCount: chat.unread,
      archived: chat.archived,
      pinned: chat.pinnedS,
      muteEndTime: chat.mutedUntilS,
      ephemeralExpiration: chat.expiresInS,
      tcToken: chat.token?.bytes,
      tcTokenTimestamp: chat.token?.givenS,
      tcTokenSenderTimestamp: chat.token?.ownGivenS,
      conversationTimestamp: newest?.atS,
      lastMsgTimestamp: newest?.atS,
    }),
  };
}
