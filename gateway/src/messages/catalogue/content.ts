import type { MediaSource } from './media-source.ts';

/** What is to be sent, validated; media is still only named. Plain JSON. */
export type Content =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly media: MediaSource; readonly caption: string | null };
