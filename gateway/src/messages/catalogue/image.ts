import { captionText, contentType, textOrNull } from './content-type.ts';
import { checkMedia, mediaFields, mediaSource } from './media-source.ts';

export const image = contentType({
  name: 'image',
  summary: 'A picture with an optional caption',
  fields: { ...mediaFields, caption: captionText },
  check: checkMedia,
  build: (fields, pointer) => ({
    type: 'image',
    media: mediaSource(fields, pointer),
    caption: textOrNull(fields.caption),
  }),
  examples: [
    { url: 'https://example.com/photo.jpg', caption: 'Check this out!' },
    { base64: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP==', mimetype: 'image/jpeg' },
  ],
});
