import { z } from 'zod';
import { captionText, contentType, textOrNull } from './content-type.ts';
import { checkMedia, mediaFields, mediaSource } from './media-source.ts';
import { mediaOptions } from './options.ts';
import { checkShown, shownFields, shownSource } from './thumbnail.ts';

const JPEG = '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP==';

export const image = contentType({
  name: 'image',
  summary: 'A picture with an optional caption',
  fields: { ...mediaFields, caption: captionText },
  check: checkMedia,
  options: mediaOptions,
  build: (fields, pointer) => ({
    type: 'image',
    media: mediaSource(fields, pointer),
    caption: textOrNull(fields.caption),
  }),
  examples: [
    { url: 'https://example.com/photo.jpg', caption: 'Check this out!' },
    { base64: JPEG, mimetype: 'image/jpeg' },
    { url: `data:image/jpeg;base64,${JPEG}` },
  ],
});

const videoLike = (name: string, summary: string, playback: 'video' | 'gif' | 'note') =>
  contentType({
    name,
    summary,
    fields: { ...shownFields, caption: captionText },
    check: checkShown,
    options: mediaOptions,
    build: (fields, pointer) => ({
      type: 'video',
      ...shownSource(fields, pointer),
      caption: textOrNull(fields.caption),
      playback,
    }),
    examples: [{ url: `https://example.com/${name}.mp4`, caption: 'Watch this' }],
  });

export const video = contentType({
  name: 'video',
  summary: 'A video with an optional caption',
  fields: {
    ...shownFields,
    caption: captionText,
    gif: z.boolean().describe('Plays silently in a loop').optional(),
    ptv: z.boolean().describe('A round video message').optional(),
  },
  check: (fields, report) => {
    checkShown(fields, report);
    if (fields.gif && fields.ptv) report('ptv', 'A video is either a gif or a ptv');
  },
  options: mediaOptions,
  build: (fields, pointer) => ({
    type: 'video',
    ...shownSource(fields, pointer),
    caption: textOrNull(fields.caption),
    playback: fields.gif ? 'gif' : fields.ptv ? 'note' : 'video',
  }),
  examples: [
    { url: 'https://example.com/film.mp4', caption: 'Our new film' },
    { url: 'https://example.com/loop.mp4', gif: true },
    {
      url: 'https://example.com/film.mp4',
      thumbnail: { url: 'https://example.com/poster.jpg' },
    },
  ],
});

export const gif = videoLike('gif', 'An MP4 that plays silently in a loop', 'gif');
export const ptv = videoLike('ptv', 'A round video message', 'note');

export const audio = contentType({
  name: 'audio',
  summary: 'A sound file or a voice note',
  fields: {
    ...mediaFields,
    voice: z.boolean().describe('A voice note: Ogg/Opus, or converted to it').optional(),
    isVoiceNote: z.boolean().describe('The same as voice').optional(),
  },
  check: checkMedia,
  options: mediaOptions,
  build: (fields, pointer) => ({
    type: 'audio',
    media: mediaSource(fields, pointer),
    voice: fields.voice ?? fields.isVoiceNote ?? false,
  }),
  examples: [
    { url: 'https://example.com/song.mp3' },
    { url: 'https://example.com/hello.ogg', voice: true },
    { url: 'https://example.com/hello.ogg', isVoiceNote: true },
  ],
});

export const document = contentType({
  name: 'document',
  summary: 'A file of any type',
  fields: { ...shownFields, caption: captionText },
  check: checkShown,
  build: (fields, pointer) => ({
    type: 'document',
    ...shownSource(fields, pointer),
    caption: textOrNull(fields.caption),
  }),
  examples: [
    {
      url: 'https://example.com/report.pdf',
      fileName: 'Q1-Report.pdf',
      mimetype: 'application/pdf',
      caption: 'As promised',
    },
  ],
});

export const sticker = contentType({
  name: 'sticker',
  summary: 'A sticker, from WebP, PNG, JPEG or GIF; it is fitted into 512 x 512 pixels',
  fields: { ...mediaFields },
  check: checkMedia,
  build: (fields, pointer) => ({ type: 'sticker', media: mediaSource(fields, pointer) }),
  examples: [{ url: 'https://example.com/smile.webp' }],
});

/** The form of other gateways: a picture that can be looked at once. */
export const viewOnce = contentType({
  name: 'view-once',
  summary: 'A picture that can be looked at once; the same as image with viewOnce',
  fields: { ...mediaFields, caption: captionText },
  check: checkMedia,
  build: (fields, pointer) => ({
    type: 'image',
    media: mediaSource(fields, pointer),
    caption: textOrNull(fields.caption),
  }),
  implies: { viewOnce: true },
  examples: [{ url: 'https://example.com/secret.jpg' }],
});
