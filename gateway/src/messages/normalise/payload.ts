/** Kinds of messages as consumers see them. Names are added, never changed. */
export type MessageType =
  | 'text'
  | 'image'
  | 'video'
  | 'audio'
  | 'document'
  | 'sticker'
  | 'sticker_pack'
  | 'location'
  | 'live_location'
  | 'contact'
  | 'poll'
  | 'poll_result'
  | 'event'
  | 'list'
  | 'buttons'
  | 'template'
  | 'interactive'
  | 'list_reply'
  | 'button_reply'
  | 'interactive_reply'
  | 'order'
  | 'product'
  | 'invoice'
  | 'payment'
  | 'group_invite'
  | 'channel_invite'
  | 'call_log'
  | 'scheduled_call'
  | 'album'
  | 'phone_number_request'
  | 'unsupported';

/** A medium as its message describes it; the bytes are fetched separately. Null: not stated. */
export interface MediaInfo {
  readonly mimetype: string | null;
  readonly fileName: string | null;
  readonly bytes: number | null;
  readonly seconds: number | null;
  readonly width: number | null;
  readonly height: number | null;
  /** SHA-256 of the file, base64. */
  readonly sha256: string | null;
  /** A voice note rather than a sound file. */
  readonly voice: boolean;
  /** A sticker that moves, or a video that plays as GIF. */
  readonly animated: boolean;
  /** A round video message. */
  readonly videoNote: boolean;
}

/** The message that is answered. */
export interface QuotedInfo {
  readonly messageId: string;
  /** Its author; null when the quote names none. */
  readonly participant: string | null;
  readonly type: MessageType;
  readonly text: string;
  readonly hasMedia: boolean;
}

/** The advertisement through which somebody came to write (click to WhatsApp). */
export interface AdInfo {
  readonly title: string | null;
  readonly body: string | null;
  readonly sourceUrl: string | null;
  readonly sourceId: string | null;
  readonly sourceType: string | null;
  readonly clickId: string | null;
  readonly mediaUrl: string | null;
}

/** What every payload about a message begins with. */
export interface Envelope {
  /**
   * Whom to answer: the person in a direct chat, the group in a group; the own number for messages of
   * ours. The phone address when it is known, else the LID.
   */
  readonly from: string;
  readonly pushName: string | null;
  readonly messageId: string;
  /** What a bot should read: the text, caption, chosen option, ...; '' when there is nothing to read. */
  readonly text: string;
  readonly hasMedia: boolean;
  /** Seconds. */
  readonly timestamp: number;
  readonly chatId: string;
  /** The person: the author in groups, else the other side. Digits; null while unknown. */
  readonly phone: string | null;
  /** The same person's `<digits>@lid`; null while unknown. */
  readonly lid: string | null;
  readonly isGroup: boolean;
  /** The author in groups and broadcasts; null in direct chats. */
  readonly participant: string | null;
  readonly fromMe: boolean;
  /** For messages of ours: where they were written; null for others. */
  readonly source: 'phone' | 'api' | null;
  /** WhatsApp kept it while we were away. */
  readonly delayed: boolean;
}

/** `data` of `message.received` and `message.sent`: flat, with details of its type at the end. */
export interface MessagePayload extends Envelope {
  readonly type: MessageType;
  readonly media: MediaInfo | null;
  readonly quoted: QuotedInfo | null;
  /** Addresses; the phone address where it is known. */
  readonly mentions: readonly string[];
  readonly mentionsMe: boolean;
  readonly forwarded: boolean;
  /** How often it was forwarded, as far as WhatsApp says; 0 when it was not. */
  readonly forwardingScore: number;
  readonly viewOnce: boolean;
  /** Seconds after which the chat lets it vanish; null: it stays. */
  readonly expiresAfterSeconds: number | null;
  readonly ad: AdInfo | null;
  /** Details by type: `location`, `contacts`, `poll`, `reply`, `order`, `rawType` ... */
  readonly [detail: string]: unknown;
}

/** A message that another one is about. */
export interface TargetInfo {
  readonly messageId: string;
  /** Whether the message is one of ours; null when that cannot be told. */
  readonly fromMe: boolean | null;
  /** Its author as the other message names it; null when it names none. */
  readonly participant: string | null;
}
