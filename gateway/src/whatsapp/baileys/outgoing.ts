import { randomBytes } from 'node:crypto';
import {
  type AnyMessageContent,
  generateWAMessageContent,
  type MediaGenerationOptions,
  proto,
} from 'baileys';
import type {
  OutgoingBody,
  OutgoingContent,
  OutgoingContext,
  OutgoingMedia,
  OutgoingStatus,
} from '../content.ts';
import { keyOf } from './message-key.ts';

/** Content whose protobuf the library makes; the others need no help. */
type GeneratedBody = Exclude<
  OutgoingBody,
  { type: 'forward' | 'group_invite' | 'interactive' | 'raw' }
>;

const PIN_DURATIONS = [86_400, 604_800, 2_592_000] as const;

/**
 * The protobuf of what is to be sent. Media is encrypted and uploaded on the way (the only thing here
 * that takes time or can fail); nothing is fetched.
 */
export async function buildMessage(
  content: OutgoingContent,
  options: MediaGenerationOptions,
): Promise<proto.IMessage> {
  const message = await bareMessage(content, options);
  if (content.type === 'video' && content.playback === 'note') asVideoNote(message);
  if (content.context) addContext(message, content.context);
  if (content.status) addStyle(message, content.status);
  const viewOnce = 'viewOnce' in content && content.viewOnce;
  return viewOnce ? onceOnly(message) : message;
}

async function bareMessage(
  content: OutgoingContent,
  options: MediaGenerationOptions,
): Promise<proto.IMessage> {
  switch (content.type) {
    case 'forward':
      return forwarded(content.encoded);
    case 'raw':
      return proto.Message.decode(Buffer.from(content.encoded, 'base64'));
    case 'group_invite':
      return invitation(content);
    case 'interactive':
      return { interactiveMessage: await interactive(content, options) };
    default:
      return generateWAMessageContent(generatorInput(content), options);
  }
}

/** With a secret, as the library gives it to all that it makes. */
function invitation(body: Extract<OutgoingBody, { type: 'group_invite' }>): proto.IMessage {
  return {
    groupInviteMessage: {
      groupJid: body.groupId,
      groupName: body.name,
      inviteCode: body.code,
      inviteExpiration: Math.floor(body.expiresMs / 1000),
      caption: body.caption,
    },
    messageContextInfo: { messageSecret: randomBytes(32) },
  };
}

async function interactive(
  body: Extract<OutgoingBody, { type: 'interactive' }>,
  options: MediaGenerationOptions,
): Promise<proto.Message.IInteractiveMessage> {
  const { header: medium, title } = body;
  const uploaded = medium && (await generateWAMessageContent(mediaInput(medium), options));
  const { imageMessage = null, videoMessage = null, documentMessage = null } = uploaded ?? {};
  const header = { imageMessage, videoMessage, documentMessage, hasMediaAttachment: true };
  return {
    ...(title === null ? {} : { header: { title, hasMediaAttachment: false } }),
    ...(uploaded ? { header } : {}),
    body: { text: body.text },
    ...(body.footer === null ? {} : { footer: { text: body.footer } }),
    nativeFlowMessage: {
      messageVersion: 1,
      buttons: body.buttons.map(({ name, params }) => ({ name, buttonParamsJson: params })),
    },
  };
}

/** The content in the library's words. */
function generatorInput(body: GeneratedBody): AnyMessageContent {
  switch (body.type) {
    case 'text':
      return { text: body.text, linkPreview: linkPreview(body) };
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
    case 'sticker':
      return mediaInput(body);
    case 'location': {
      const { latitude, longitude, name, address } = body;
      return {
        location: { degreesLatitude: latitude, degreesLongitude: longitude, name, address },
      };
    }
    case 'contact':
      return { contacts: contactsInput(body.contacts) };
    case 'poll': {
      const { question: name, options, selectableCount } = body;
      return { poll: { name, values: [...options], selectableCount } };
    }
    case 'event':
      return { event: eventInput(body) };
    case 'reaction':
      return { react: { key: keyOf(body.target), text: body.emoji } };
    case 'edit':
      return { text: body.text, linkPreview: null, edit: keyOf(body.target) };
    case 'delete':
      return { delete: keyOf(body.target) };
    case 'pin':
      return pinInput(body);
  }
}

type MediaBody = Extract<GeneratedBody, OutgoingMedia>;

function mediaInput(body: MediaBody): AnyMessageContent {
  const source = { url: body.file };
  const { mimetype } = body;
  switch (body.type) {
    case 'image':
      return { image: source, mimetype, ...captionOf(body), ...pictureOf(body) };
    case 'video':
      return {
        video: source,
        mimetype,
        gifPlayback: body.playback === 'gif',
        ...captionOf(body),
        ...NO_FRAME,
        ...pictureOf(body),
        ...(body.seconds === undefined ? {} : { seconds: body.seconds }),
      };
    case 'audio':
      return {
        audio: source,
        mimetype,
        ptt: body.voice,
        ...(body.seconds === undefined ? {} : { seconds: body.seconds }),
        ...(body.waveform ? { waveform: Buffer.from(body.waveform, 'base64') } : {}),
      };
    case 'document':
      return {
        document: source,
        mimetype,
        fileName: body.fileName,
        ...captionOf(body),
        ...thumbnailOf(body),
      };
    case 'sticker':
      return { sticker: source, mimetype, isAnimated: body.animated };
  }
}

function captionOf(body: { readonly caption: string | null }) {
  return body.caption === null ? {} : { caption: body.caption };
}

function pictureOf(body: {
  readonly width?: number;
  readonly height?: number;
  readonly thumbnail?: string;
}) {
  return {
    ...(body.width === undefined ? {} : { width: body.width }),
    ...(body.height === undefined ? {} : { height: body.height }),
    ...thumbnailOf(body),
  };
}

const thumbnailOf = ({ thumbnail }: { readonly thumbnail?: string }) =>
  thumbnail === undefined ? {} : { jpegThumbnail: thumbnail };

/** Where nothing is said of it, the library copies the film and has a shell run ffmpeg on it. */
const NO_FRAME = { jpegThumbnail: null } as unknown as { jpegThumbnail?: string };

/** Null, not undefined, when there is none: the library fetches a preview of its own otherwise. */
function linkPreview({ preview }: Extract<OutgoingBody, { type: 'text' }>) {
  if (!preview) return null;
  return {
    'canonical-url': preview.url,
    'matched-text': preview.url,
    title: preview.title,
    ...(preview.description === null ? {} : { description: preview.description }),
    ...(preview.thumbnail === null
      ? {}
      : { jpegThumbnail: Buffer.from(preview.thumbnail, 'base64') }),
  };
}

function contactsInput(cards: Extract<OutgoingBody, { type: 'contact' }>['contacts']) {
  const contacts = cards.map(({ displayName, vcard }) => ({ displayName, vcard }));
  const [first] = contacts;
  const displayName =
    contacts.length === 1 ? (first?.displayName ?? '') : `${contacts.length} contacts`;
  return { displayName, contacts };
}

function eventInput(body: Extract<OutgoingBody, { type: 'event' }>) {
  return {
    name: body.name,
    startDate: new Date(body.startMs),
    ...(body.description === null ? {} : { description: body.description }),
    ...(body.endMs === null ? {} : { endDate: new Date(body.endMs) }),
    ...(body.location === null ? {} : { location: { name: body.location } }),
  };
}

function pinInput(body: Extract<OutgoingBody, { type: 'pin' }>): AnyMessageContent {
  const { PIN_FOR_ALL, UNPIN_FOR_ALL } = proto.PinInChat.Type;
  const pin = keyOf(body.target);
  const time = PIN_DURATIONS.find((seconds) => seconds === body.seconds);
  return time === undefined ? { pin, type: UNPIN_FOR_ALL } : { pin, type: PIN_FOR_ALL, time };
}

/** A kept message sent on: without what ties it to its first chat. */
function forwarded(encoded: string): proto.IMessage {
  const message = proto.Message.decode(Buffer.from(encoded, 'base64'));
  message.messageContextInfo = null;
  message.senderKeyDistributionMessage = null;
  if (message.conversation) {
    message.extendedTextMessage = { text: message.conversation };
    message.conversation = null;
  }
  const body = bodyOf(message);
  const score = (body?.contextInfo?.forwardingScore ?? 0) + 1;
  if (body) body.contextInfo = { isForwarded: true, forwardingScore: score };
  return message;
}

function asVideoNote(message: proto.IMessage): void {
  message.ptvMessage = message.videoMessage ?? null;
  message.videoMessage = null;
}

function onceOnly(message: proto.IMessage): proto.IMessage {
  const media = message.imageMessage ?? message.videoMessage ?? message.audioMessage;
  if (media) media.viewOnce = true;
  const { messageContextInfo, ...inner } = message;
  const outer: proto.IMessage = { viewOnceMessage: { message: inner } };
  if (messageContextInfo) outer.messageContextInfo = messageContextInfo;
  return outer;
}

/** How a text looks among the status posts. */
function addStyle({ extendedTextMessage }: proto.IMessage, status: OutgoingStatus): void {
  if (!extendedTextMessage) return;
  extendedTextMessage.backgroundArgb = status.backgroundArgb ?? null;
  const { FontType } = proto.Message.ExtendedTextMessage;
  const fonts = Object.values(FontType).filter((font) => typeof font === 'number');
  extendedTextMessage.font = fonts.find((font) => font === status.font) ?? null;
}

function addContext(message: proto.IMessage, context: OutgoingContext): void {
  const body = bodyOf(message);
  if (!body) return;
  const { quoted, mentions, mentionAll, forwarded: isForwarded, expirationSeconds } = context;
  const info: proto.IContextInfo = { ...body.contextInfo };
  if (quoted) {
    info.stanzaId = quoted.messageId;
    info.participant = quoted.participant;
    if (quoted.encoded) info.quotedMessage = quotedMessage(quoted.encoded);
  }
  if (mentions?.length) info.mentionedJid = [...mentions];
  if (mentionAll) info.nonJidMentions = 1;
  if (isForwarded) {
    info.isForwarded = true;
    info.forwardingScore = Math.max(1, info.forwardingScore ?? 0);
  }
  if (expirationSeconds !== undefined) info.expiration = expirationSeconds;
  body.contextInfo = info;
}

/** The quoted message without what it quotes itself, which would grow with every answer. */
function quotedMessage(encoded: string): proto.IMessage {
  const message = proto.Message.decode(Buffer.from(encoded, 'base64'));
  message.messageContextInfo = null;
  const body = bodyOf(message);
  if (body?.contextInfo) body.contextInfo = null;
  return message;
}

/** The part of a message that carries `contextInfo`; null for those that have none (reactions, edits). */
function bodyOf(message: proto.IMessage): { contextInfo?: proto.IContextInfo | null } | null {
  const { viewOnceMessage, viewOnceMessageV2, ephemeralMessage, documentWithCaptionMessage } =
    message;
  const wrapped =
    viewOnceMessage ?? viewOnceMessageV2 ?? ephemeralMessage ?? documentWithCaptionMessage;
  if (wrapped?.message) return bodyOf(wrapped.message);
  return (
    message.extendedTextMessage ??
    message.imageMessage ??
    message.videoMessage ??
    message.ptvMessage ??
    message.audioMessage ??
    message.documentMessage ??
    message.stickerMessage ??
    message.locationMessage ??
    message.contactMessage ??
    message.contactsArrayMessage ??
    message.pollCreationMessage ??
    message.pollCreationMessageV2 ??
    message.pollCreationMessageV3 ??
    message.eventMessage ??
    message.interactiveMessage ??
    message.groupInviteMessage ??
    null
  );
}
