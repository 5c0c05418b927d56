import type { proto } from 'baileys';
import type {
  CommentContent,
  DeleteContent,
  EditContent,
  EventResponseContent,
  PinContent,
  PollVoteContent,
  ReactionContent,
  Target,
} from './action-content.ts';
import type {
  ButtonsContent,
  InteractiveContent,
  ListContent,
  ReplyContent,
  TemplateContent,
} from './choice-content.ts';
import type { MediaReference, MediaSource } from './media.ts';

/**
 * What a message says, in words of people instead of protobuf. `compose` makes the protobuf of it and
 * `read` brings it back. Optional fields are left out when they are not set. JIDs have no device.
 */
export type Content =
  | TextContent
  | ImageContent
  | VideoContent
  | AudioContent
  | DocumentContent
  | StickerContent
  | LocationContent
  | LiveLocationContent
  | ContactsContent
  | PollContent
  | PollVoteContent
  | EventContent
  | EventResponseContent
  | ReactionContent
  | CommentContent
  | EditContent
  | DeleteContent
  | PinContent
  | GroupInviteContent
  | AlbumContent
  | ButtonsContent
  | ListContent
  | InteractiveContent
  | TemplateContent
  | ReplyContent
  | ProtocolContent
  | NothingContent
  | UnsupportedContent;

/** What may surround anything that is shown as a message of its own. */
export interface Frame {
  readonly quoted?: Quoted;
  readonly mentions?: readonly string[];
  /** Everybody in the group is mentioned. */
  readonly mentionsEveryone?: boolean;
  /** How often it was forwarded; clients show "many times" from 5 on. */
  readonly forwards?: number;
  /** Disappears after so many seconds. */
  readonly expiresInS?: number;
}

/** The message that is answered. Quotes inside of it are not carried on. */
export interface Quoted {
  readonly id: string;
  readonly author: string;
  /** Where it was written, when that is another chat. */
  readonly chat?: string;
  readonly content: Content;
}

export interface TextContent extends Frame {
  readonly type: 'text';
  readonly text: string;
  readonly preview?: LinkPreview;
  /** Background of a status with text, as ARGB. */
  readonly background?: number;
  /** Font of a status with text, by WhatsApp's number. */
  readonly font?: number;
}

export interface LinkPreview {
  /** The link as it stands in the text. */
  readonly url: string;
  readonly title?: string;
  readonly description?: string;
  /** JPEG. */
  readonly thumbnail?: Uint8Array;
}

export interface ImageContent extends Frame {
  readonly type: 'image';
  readonly media: MediaSource | null;
  readonly mimetype?: string;
  readonly caption?: string;
  readonly width?: number;
  readonly height?: number;
  /** JPEG. */
  readonly thumbnail?: Uint8Array;
  readonly viewOnce?: boolean;
}

export interface VideoContent extends Frame {
  readonly type: 'video';
  /** `gif` plays in a loop without sound; `round` is a video note (ptv). */
  readonly style?: 'gif' | 'round';
  readonly media: MediaSource | null;
  readonly mimetype?: string;
  readonly caption?: string;
  readonly seconds?: number;
  readonly width?: number;
  readonly height?: number;
  /** JPEG. */
  readonly thumbnail?: Uint8Array;
  readonly viewOnce?: boolean;
}

export interface AudioContent extends Frame {
  readonly type: 'audio';
  readonly media: MediaSource | null;
  readonly mimetype?: string;
  /** A voice note. */
  readonly voice?: boolean;
  readonly seconds?: number;
  /** 64 values from 0 to 100. */
  readonly waveform?: Uint8Array;
  readonly viewOnce?: boolean;
}

export interface DocumentContent extends Frame {
  readonly type: 'document';
  readonly media: MediaSource | null;
  readonly mimetype?: string;
  readonly fileName?: string;
  readonly caption?: string;
  readonly pages?: number;
  /** JPEG. */
  readonly thumbnail?: Uint8Array;
}

export interface StickerContent extends Frame {
  readonly type: 'sticker';
  readonly media: MediaSource | null;
  readonly mimetype?: string;
  readonly width?: number;
  readonly height?: number;
  readonly animated?: boolean;
}

export interface LocationContent extends Frame {
  readonly type: 'location';
  readonly latitude: number;
  readonly longitude: number;
  readonly name?: string;
  readonly address?: string;
  readonly url?: string;
  /** JPEG. */
  readonly thumbnail?: Uint8Array;
}

export interface LiveLocationContent extends Frame {
  readonly type: 'live-location';
  readonly latitude: number;
  readonly longitude: number;
  readonly caption?: string;
  /** Meters. */
  readonly accuracy?: number;
  /** Meters per second. */
  readonly speed?: number;
  /** Degrees clockwise from magnetic north. */
  readonly heading?: number;
  /** Grows with every position that is shared under the same message. */
  readonly sequence?: number;
}

/** One contact or several. */
export interface ContactsContent extends Frame {
  readonly type: 'contacts';
  readonly contacts: readonly ContactCard[];
  /** Shown above several contacts. */
  readonly title?: string;
}

export interface ContactCard {
  readonly name: string;
  readonly vcard: string;
}

export interface PollContent extends Frame {
  readonly type: 'poll';
  readonly question: string;
  readonly options: readonly string[];
  /** How many options one may choose; 0 is any number. */
  readonly selectable: number;
  /** Votes are encrypted with it; drawn when it is left out. */
  readonly secret?: Uint8Array;
}

export interface EventContent extends Frame {
  readonly type: 'event';
  readonly name: string;
  readonly description?: string;
  readonly location?: Omit<LocationContent, keyof Frame | 'type'>;
  /** Unix seconds. */
  readonly startS: number;
  /** Unix seconds. */
  readonly endS?: number;
  readonly joinLink?: string;
  readonly canceled?: boolean;
  readonly guestsAllowed?: boolean;
  /** Answers are encrypted with it; drawn when it is left out. */
  readonly secret?: Uint8Array;
}

export interface GroupInviteContent extends Frame {
  readonly type: 'group-invite';
  readonly group: string;
  readonly code: string;
  readonly name?: string;
  readonly caption?: string;
  /** Unix seconds. */
  readonly expiresS?: number;
}

/** Announces pictures and videos that follow as messages of their own. */
export interface AlbumContent extends Frame {
  readonly type: 'album';
  readonly images: number;
  readonly videos: number;
}

/** What devices tell one another; people see at most a line of grey text. */
export type ProtocolContent =
  | { readonly type: 'app-state-keys'; readonly keys: readonly SharedAppStateKey[] }
  | { readonly type: 'app-state-key-request'; readonly ids: readonly Uint8Array[] }
  | { readonly type: 'history'; readonly notification: proto.Message.IHistorySyncNotification }
  | {
      readonly type: 'history-request';
      readonly chat: string;
      readonly count: number;
      /** The oldest message that is known, with Unix milliseconds. */
      readonly before: { readonly id: string; readonly fromMe: boolean; readonly atMs: number };
    }
  | { readonly type: 'placeholder-request'; readonly targets: readonly Target[] }
  | {
      readonly type: 'placeholder-response';
      /** Id of the message that carried the request. */
      readonly requestId: string;
      readonly messages: readonly proto.IWebMessageInfo[];
    }
  | {
      readonly type: 'ephemeral-setting';
      /** 0 turns disappearing messages off. */
      readonly seconds: number;
      /** Unix seconds. */
      readonly setS?: number;
    }
  | {
      readonly type: 'lid-mappings';
      readonly mappings: readonly { readonly phone: string; readonly lid: string }[];
    }
  | { readonly type: 'share-phone-number' };

export interface SharedAppStateKey {
  readonly id: Uint8Array;
  readonly data: Uint8Array;
  readonly madeMs?: number;
}

/** Only keys or context, nothing to show: a sender key that travels alone, for instance. */
export interface NothingContent {
  readonly type: 'nothing';
}

/** WhatsApp has it, the simulator does not: `name` is the field of the protobuf. */
export interface UnsupportedContent {
  readonly type: 'unsupported';
  readonly name: string;
}

/** The content that has a file, and where to fetch it; null for all other content. */
export function mediaOf(content: Content): MediaReference | null {
  if (!('media' in content) || content.media === null) return null;
  return 'bytes' in content.media ? null : content.media;
}

/** The words a person reads first: text, caption, name or title; empty when there are none. */
export function textOf(content: Content): string {
  switch (content.type) {
    case 'text':
    case 'buttons':
    case 'list':
    case 'interactive':
    case 'template':
    case 'button-reply':
    case 'template-reply':
      return content.text;
    case 'image':
    case 'video':
    case 'document':
    case 'live-location':
    case 'group-invite':
      return content.caption ?? '';
    case 'location':
    case 'event':
      return content.name ?? '';
    case 'contacts':
      return content.title ?? content.contacts.map(({ name }) => name).join(', ');
    case 'poll':
      return content.question;
    case 'poll-vote':
      return content.choices?.join(', ') ?? '';
    case 'reaction':
      return content.emoji;
    case 'comment':
    case 'edit':
      return textOf(content.content);
    case 'list-reply':
      return content.title;
    case 'interactive-reply':
      return content.text ?? '';
    default:
      return '';
  }
}
