import type { OutgoingContent } from '../whatsapp/content.ts';
import type { Content } from './catalogue/content.ts';
import type { Media } from './media.ts';

/** Content that is ready to be stored with a job: every medium lies in a file. */
export interface Composed {
  readonly content: OutgoingContent;
  /** Files made for it, each inside the folder given; whoever keeps the content removes them. */
  readonly files: readonly string[];
}

export interface Composer {
  /**
   * Fetches what the content names into `folder`. Throws a `Problem` that points at the field; then
   * nothing is left in the folder.
   */
  compose(content: Content, folder: string, signal?: AbortSignal): Promise<Composed>;
}

/** Turns validated content into what WhatsApp's side takes. */
export function createComposer({ media }: { readonly media: Media }): Composer {
  return {
    async compose(content, folder, signal) {
      switch (content.type) {
        case 'text':
          return { content: { type: 'text', text: content.text }, files: [] };
        case 'image': {
          const { file, mimetype } = await media.fetch(content.media, 'image', folder, signal);
          return {
            content: { type: 'image', file, mimetype, caption: content.caption },
            files: [file],
          };
        }
      }
    },
  };
}
