import { z } from 'zod';
import type { ButtonsHeader } from './content.ts';
import { type Report, shownText } from './content-type.ts';
import { checkMedia, mediaFields, mediaSource } from './media-source.ts';

const medium = z.strictObject(mediaFields).optional();

/** What stands above buttons: a line, or one medium. */
export const headerField = z
  .strictObject({ text: shownText(60).optional(), image: medium, video: medium, document: medium })
  .describe('Above the text: a line, a picture, a video or a document');

type HeaderFields = z.output<typeof headerField>;

const KINDS = ['image', 'video', 'document'] as const;

/** Exactly one kind, and a medium that names where it is. */
export function checkHeader(header: HeaderFields, report: Report): void {
  const given = (['text', ...KINDS] as const).filter((kind) => header[kind] !== undefined);
  if (given.length !== 1) report('header', 'Give one of text, image, video and document');
  for (const kind of KINDS) {
    const fields = header[kind];
    if (!fields) continue;
    checkMedia(fields, (field, message, code) => {
      report(`header.${kind}.${field}`, message, code);
    });
  }
}

/** The header that checked fields name; `pointer` is where they stand in the request. */
export function buttonsHeader(header: HeaderFields, pointer: string): ButtonsHeader | null {
  if (header.text !== undefined) return { type: 'text', text: header.text };
  for (const type of KINDS) {
    const fields = header[type];
    if (!fields) continue;
    const media = mediaSource(fields, `${pointer}/${type}`);
    return type === 'video'
      ? { type, media, caption: null, playback: 'video' }
      : { type, media, caption: null };
  }
  return null;
}
