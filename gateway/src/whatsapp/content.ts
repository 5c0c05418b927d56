/**
 * What can be sent, as plain JSON: it is stored with its job and may be prepared long after it was
 * accepted, by another process. Media lies in a local file, checked, of the stated type; whoever made
 * the file removes it. Bytes inside the content are base64.
 */
export type OutgoingContent = OutgoingBody & {
  /** What goes beside the body; absent when there is nothing. */
  readonly context?: OutgoingContext;
  /** For `status@broadcast`, and only there. */
  readonly status?: OutgoingStatus;
};

/** The body by type. `null` means "not given". */
export type OutgoingBody =
  | {
      readonly type: 'text';
      readonly text: string;
      /** A card under the text; absent or null: none. It is never fetched while preparing. */
      readonly preview?: LinkPreview | null;
    }
  | ({
      readonly type: 'image';
      readonly caption: string | null;
      readonly viewOnce?: boolean;
    } & OutgoingMedia &
      OutgoingPicture)
  | ({
      readonly type: 'video';
      readonly caption: string | null;
      /** `gif` plays silently in a loop, `note` is the round video message (`ptvMessage`). */
      readonly playback: 'video' | 'gif' | 'note';
      readonly seconds?: number;
      readonly viewOnce?: boolean;
    } & OutgoingMedia &
      OutgoingPicture)
  | ({
      readonly type: 'audio';
      /** A voice note (`ptt`); its file is Ogg/Opus. */
      readonly voice: boolean;
      readonly seconds?: number;
      /** 64 loudness values of 0 to 100, base64. */
      readonly waveform?: string;
      readonly viewOnce?: boolean;
    } & OutgoingMedia)
  | ({
      readonly type: 'document';
      readonly fileName: string;
      readonly caption: string | null;
      /** A JPEG of at most 10 kB, base64. */
      readonly thumbnail?: string;
    } & OutgoingMedia)
  /** WebP, 512 x 512. */
  | ({ readonly type: 'sticker'; readonly animated: boolean } & OutgoingMedia)
  | {
      readonly type: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly name: string | null;
      readonly address: string | null;
    }
  /** One card is a `contactMessage`, more are a `contactsArrayMessage`. */
  | { readonly type: 'contact'; readonly contacts: readonly OutgoingCard[] }
  | {
      readonly type: 'poll';
      readonly question: string;
      readonly options: readonly string[];
      /** How many a voter may choose; 0: any number. */
      readonly selectableCount: number;
    }
  /** Buttons of WhatsApp's "native flow"; the parameters are JSON. */
  | {
      readonly type: 'interactive';
      /** Above the text, instead of a title. */
      readonly header?: HeaderMedium;
      readonly title: string | null;
      readonly text: string;
      readonly footer: string | null;
      readonly buttons: readonly {
        readonly name: 'quick_reply' | 'single_select';
        readonly params: string;
      }[];
    }
  /** An empty `emoji` takes the reaction back. */
  | { readonly type: 'reaction'; readonly target: MessageTarget; readonly emoji: string }
  | {
      readonly type: 'event';
      readonly name: string;
      readonly description: string | null;
      readonly startMs: number;
      readonly endMs: number | null;
      readonly location: string | null;
    }
  | {
      readonly type: 'group_invite';
      readonly groupId: string;
      readonly name: string;
      readonly code: string;
      readonly expiresMs: number;
      readonly caption: string | null;
    }
  /** Replaces the text of an earlier message of ours. */
  | { readonly type: 'edit'; readonly target: MessageTarget; readonly text: string }
  /** Deletes for everyone. */
  | { readonly type: 'delete'; readonly target: MessageTarget; readonly status?: OutgoingStatus }
  | {
      readonly type: 'pin';
      readonly target: MessageTarget;
      /** 86400, 604800 or 2592000; null unpins. */
      readonly seconds: number | null;
    }
  /** A whole message that the caller made: its encoded protobuf, base64. */
  | { readonly type: 'raw'; readonly encoded: string }
  /** A kept message sent on: its encoded protobuf, base64. Its media is not uploaded again. */
  | { readonly type: 'forward'; readonly encoded: string };

/** A medium that can stand above buttons. */
export type HeaderMedium = Extract<OutgoingBody, { type: 'image' | 'video' | 'document' }>;

/** The files that content needs until it is prepared. */
export function filesOf(body: OutgoingBody): string[] {
  if ('file' in body) return [body.file];
  return body.type === 'interactive' && body.header ? [body.header.file] : [];
}

/** A file on this machine that is uploaded while preparing. */
export interface OutgoingMedia {
  readonly file: string;
  readonly mimetype: string;
}

/** What a picture or film shows before it is loaded; absent what is not known. Sizes in pixels. */
export interface OutgoingPicture {
  readonly width?: number;
  readonly height?: number;
  /** A JPEG of at most 10 kB, base64. */
  readonly thumbnail?: string;
}

/** A person's card: vCard 3.0 with CRLF line ends. */
export interface OutgoingCard {
  readonly displayName: string;
  readonly vcard: string;
}

/** A card for a link that stands in the text. */
export interface LinkPreview {
  /** The link exactly as it stands in the text. */
  readonly url: string;
  readonly title: string;
  readonly description: string | null;
  /** A JPEG of at most 10 kB, base64. */
  readonly thumbnail: string | null;
}

/** A message that another one is about, as WhatsApp's message key has it. */
export interface MessageTarget {
  readonly messageId: string;
  readonly chatId: string;
  readonly fromMe: boolean;
  /** The author, in groups only. */
  readonly participant: string | null;
  /** The author's other address (LID or phone): the group decides which one its keys use. */
  readonly participantAlt?: string | null;
}

/** `contextInfo`: answers, mentions, forwards, and the time after which a message vanishes. */
export interface OutgoingContext {
  readonly quoted?: QuotedTarget;
  /** Addresses mentioned; the text names them as `@<digits>`. */
  readonly mentions?: readonly string[];
  /** Mentions everyone in the group. */
  readonly mentionAll?: true;
  /** Marks the message as sent on. */
  readonly forwarded?: true;
  /** Seconds until the message vanishes. */
  readonly expirationSeconds?: number;
}

/** Who sees a status post, and how its text looks. */
export interface OutgoingStatus {
  /** Addresses of people. */
  readonly audience: readonly string[];
  /** `0xAARRGGBB`, for texts. */
  readonly backgroundArgb?: number;
  /** A number of WhatsApp's `FontType`, for texts. */
  readonly font?: number;
}

/** The message that is answered. */
export interface QuotedTarget {
  readonly messageId: string;
  /** Its author; the own address for a message of ours. */
  readonly participant: string;
  /** The author's other address (LID or phone): the chat decides which one it uses. */
  readonly participantAlt?: string | null;
  /** Its encoded protobuf, base64; absent when it is no longer kept: then only the ids are named. */
  readonly encoded?: string;
}
