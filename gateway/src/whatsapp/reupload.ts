import type { MessageTarget } from './content.ts';

/** A file that WhatsApp's media servers dropped, and that the own phone may still have. */
export interface LostMedia {
  /** The message that it belongs to. */
  readonly target: MessageTarget;
  /** 32 bytes; request and answer are sealed with it. */
  readonly mediaKey: Uint8Array;
}

/** What the own phone answers when it is asked to upload a file again. */
export type Reupload =
  /** The same bytes under the same key; `directPath` is the new path on WhatsApp's media servers. */
  | { readonly kind: 'uploaded'; readonly directPath: string }
  /** `not_found`: the phone has deleted it; `failed`: it could not upload it, which may pass. */
  | { readonly kind: 'refused'; readonly reason: 'not_found' | 'failed' }
  /** It said nothing in ten minutes: it is switched off, or without a network. */
  | { readonly kind: 'unanswered' };
