import type { TemplateUse } from '../templates/templates.ts';
import type { MediaSource } from './media-source.ts';

/** What is to be sent, validated; media and other messages are still only named. Plain JSON. */
export type Content =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly media: MediaSource; readonly caption: string | null }
  | {
      readonly type: 'video';
      readonly media: MediaSource;
      /** A picture to show before it is loaded; absent: one is made where that can be done. */
      readonly thumbnail?: MediaSource;
      readonly caption: string | null;
      readonly playback: 'video' | 'gif' | 'note';
    }
  | { readonly type: 'audio'; readonly media: MediaSource; readonly voice: boolean }
  | {
      readonly type: 'document';
      readonly media: MediaSource;
      /** As with a video. */
      readonly thumbnail?: MediaSource;
      readonly caption: string | null;
    }
  | { readonly type: 'sticker'; readonly media: MediaSource }
  | {
      readonly type: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly name: string | null;
      readonly address: string | null;
    }
  | { readonly type: 'contact'; readonly contacts: readonly ContactCard[] }
  | {
      readonly type: 'poll';
      readonly name: string;
      readonly options: readonly string[];
      /** 0: any number. */
      readonly selectableCount: number;
    }
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
  | {
      readonly type: 'list';
      readonly title: string | null;
      readonly text: string;
      readonly footer: string | null;
      readonly buttonText: string | null;
      /** A line that says how to answer; null: none. */
      readonly hint: string | null;
      /** As native buttons, which not every client shows; else as numbered text. */
      readonly interactive: boolean;
      readonly sections: readonly ListSection[];
    }
  | {
      readonly type: 'buttons';
      readonly header: ButtonsHeader | null;
      readonly text: string;
      readonly footer: string | null;
      readonly hint: string | null;
      /** As native buttons, which not every client shows; else as numbered text. */
      readonly interactive: boolean;
      readonly buttons: readonly { readonly id: string; readonly text: string }[];
    }
  /** WhatsApp's own `Message` as JSON. */
  | { readonly type: 'raw'; readonly message: Readonly<Record<string, unknown>> }
  /** Becomes another content when it is composed. */
  | ({ readonly type: 'template' } & TemplateUse)
  /** An empty emoji takes the reaction back. */
  | { readonly type: 'reaction'; readonly messageId: string; readonly emoji: string }
  | { readonly type: 'edit'; readonly messageId: string; readonly text: string }
  | { readonly type: 'delete'; readonly messageId: string }
  | { readonly type: 'pin'; readonly messageId: string; readonly seconds: PinSeconds | null }
  | { readonly type: 'forward'; readonly messageId: string };

/** What stands above buttons. */
export type ButtonsHeader =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'image' | 'document';
      readonly media: MediaSource;
      readonly caption: null;
    }
  | {
      readonly type: 'video';
      readonly media: MediaSource;
      readonly caption: null;
      readonly playback: 'video';
    };

/** A part of a list with a title of its own. */
export interface ListSection {
  readonly title: string | null;
  readonly rows: readonly {
    readonly id: string;
    readonly title: string;
    readonly description: string | null;
  }[];
}

/** How long a pin stays: a day, a week or 30 days. */
export type PinSeconds = 86_400 | 604_800 | 2_592_000;

/** A person as sent: either a finished vCard or what one is made of. */
export type ContactCard =
  | { readonly kind: 'vcard'; readonly displayName: string; readonly vcard: string }
  | {
      readonly kind: 'person';
      readonly displayName: string;
      readonly phones: readonly string[];
      readonly organization: string | null;
      readonly email: string | null;
    };
