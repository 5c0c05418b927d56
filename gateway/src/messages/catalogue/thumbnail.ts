import { z } from 'zod';
import type { Report } from './content-type.ts';
import { checkMedia, type MediaSource, mediaFields, mediaSource } from './media-source.ts';

const { url, base64, mediaId } = mediaFields;

/** The fields of a medium of which clients show a picture before it is loaded. */
export const shownFields = {
  ...mediaFields,
  thumbnail: z
    .strictObject({ url, base64, mediaId })
    .describe('A picture to show before it is loaded; made small here')
    .optional(),
} as const;

type ShownFields = z.output<z.ZodObject<typeof shownFields>>;

/** As `checkMedia`, of the medium and its picture. */
export function checkShown(fields: ShownFields, report: Report): void {
  checkMedia(fields, report);
  if (!fields.thumbnail) return;
  checkMedia(fields.thumbnail, (field, message, code) => {
    report(`thumbnail.${field}`, message, code);
  });
}

/** The sources that checked fields name. */
export function shownSource(
  fields: ShownFields,
  pointer: string,
): { readonly media: MediaSource; readonly thumbnail?: MediaSource } {
  const media = mediaSource(fields, pointer);
  if (!fields.thumbnail) return { media };
  return { media, thumbnail: mediaSource(fields.thumbnail, `${pointer}/thumbnail`) };
}
