import type { OutgoingBody } from '../whatsapp/content.ts';
import type { SendOptions } from './catalogue/options.ts';
import type { MediaInfo, QuotedInfo } from './normalise/payload.ts';
import type { MessageRecord } from './store.ts';

/**
 * The part of a sent message's payload that its content decides: the same fields, with the same meaning,
 * as in the payload of a received one (see `normalise/payload`).
 */
export interface Shown {
  readonly text: string;
  readonly hasMedia: boolean;
  readonly type: string;
  readonly media: MediaInfo | null;
  readonly quoted: QuotedInfo | null;
  readonly mentions: readonly string[];
  readonly mentionsMe: false;
  readonly forwarded: boolean;
  readonly forwardingScore: number;
  readonly viewOnce: boolean;
  readonly expiresAfterSeconds: number | null;
  readonly ad: null;
  /** The caller's own reference; null when none was given. */
  readonly clientRef: string | null;
  /** Details by type. */
  readonly [detail: string]: unknown;
}

/** Describes what is about to be sent. */
export function shownOf(
  body: OutgoingBody,
  options: SendOptions,
  quoted: MessageRecord | null,
  mentions: readonly string[],
): Shown {
  const media = mediaOf(body);
  const forwarded = options.forwarded || body.type === 'forward';
  return {
    text: textOf(body),
    hasMedia: media !== null,
    type: body.type,
    media,
    quoted: quoted && quotedOf(quoted),
    mentions,
    mentionsMe: false,
    forwarded,
    forwardingScore: forwarded ? 1 : 0,
    viewOnce: ('viewOnce' in body && body.viewOnce) ?? false,
    expiresAfterSeconds: options.ephemeralSeconds,
    ad: null,
    clientRef: options.clientRef,
    ...detailsOf(body),
  };
}

function textOf(body: OutgoingBody): string {
  switch (body.type) {
    case 'text':
    case 'interactive':
    case 'edit':
      return body.text;
    case 'image':
    case 'video':
    case 'document':
      return body.caption ?? '';
    case 'poll':
      return body.question;
    case 'reaction':
      return body.emoji;
    case 'location':
      return [body.name, body.address].filter(Boolean).join('\n');
    case 'event':
      return [body.name, body.description].filter(Boolean).join('\n');
    case 'group_invite':
      return body.caption ?? body.name;
    case 'contact':
      return body.contacts.map(({ displayName }) => displayName).join('\n');
    case 'audio':
    case 'sticker':
    case 'delete':
    case 'pin':
    case 'forward':
    case 'raw':
      return '';
  }
}

function mediaOf(body: OutgoingBody): MediaInfo | null {
  if (!('file' in body)) return null;
  return {
    mimetype: body.mimetype,
    fileName: 'fileName' in body ? body.fileName : null,
    bytes: null,
    seconds: ('seconds' in body ? body.seconds : null) ?? null,
    width: ('width' in body ? body.width : null) ?? null,
    height: ('height' in body ? body.height : null) ?? null,
    sha256: null,
    voice: body.type === 'audio' && body.voice,
    animated:
      (body.type === 'sticker' && body.animated) ||
      (body.type === 'video' && body.playback === 'gif'),
    videoNote: body.type === 'video' && body.playback === 'note',
  };
}

function detailsOf(body: OutgoingBody): Readonly<Record<string, unknown>> {
  switch (body.type) {
    case 'location': {
      const { latitude, longitude, name, address } = body;
      return { location: { latitude, longitude, name, address, url: null, comment: null } };
    }
    case 'contact':
      return { contacts: body.contacts };
    case 'poll': {
      const { question: name, options, selectableCount } = body;
      return { poll: { name, options, selectableCount } };
    }
    case 'event': {
      const { name, description, startMs, endMs, location } = body;
      const startsAt = seconds(startMs);
      const endsAt = endMs === null ? null : seconds(endMs);
      const what = { name, description, location, joinLink: null, canceled: false };
      return { event: { ...what, startsAt, endsAt } };
    }
    case 'group_invite': {
      const { groupId: chatId, name, code, expiresMs } = body;
      return { invite: { chatId, name, code, expiresAt: seconds(expiresMs) } };
    }
    case 'reaction': {
      const { messageId, fromMe, participant } = body.target;
      return { reaction: { emoji: body.emoji || null, messageId, fromMe, participant } };
    }
    case 'edit':
    case 'delete':
    case 'pin': {
      const { messageId, fromMe, participant } = body.target;
      return { target: { messageId, fromMe, participant } };
    }
    case 'text': {
      if (!body.preview) return {};
      const { url, title, description } = body.preview;
      return { preview: { url, title, description } };
    }
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
    case 'sticker':
    case 'interactive':
    case 'forward':
    case 'raw':
      return {};
  }
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

function quotedOf({ messageId, senderId, type, data }: MessageRecord): QuotedInfo {
  return {
    messageId,
    participant: senderId,
    type: type as QuotedInfo['type'],
    text: typeof data['text'] === 'string' ? data['text'] : '',
    hasMedia: data['hasMedia'] === true,
  };
}
