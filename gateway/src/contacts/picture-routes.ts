import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import {
  checkMedia,
  type MediaSource,
  mediaFields,
  mediaSource,
} from '../messages/catalogue/media-source.ts';

/** The body of a request that sets a picture. */
export const pictureBody = z
  .strictObject(mediaFields)
  .check((context) =>
    checkMedia(context.value, (field, message, code) =>
      context.issues.push({
        code: 'custom',
        path: [field],
        message,
        input: context.value,
        params: { code },
      }),
    ),
  )
  .describe('A JPEG, PNG, WebP, GIF, AVIF or TIFF picture; its middle is kept, as a square');

/** The source that a checked body names. */
export const pictureSource = (body: z.output<typeof pictureBody>): MediaSource =>
  mediaSource(body, '');

/** Answers with a picture in such a way that it is nothing but a picture for whoever opens it. */
export function servePicture(reply: FastifyReply, jpeg: Uint8Array): FastifyReply {
  return reply
    .headers({
      'content-type': 'image/jpeg',
      'content-disposition': 'inline; filename="picture.jpg"',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, max-age=300',
    })
    .send(Buffer.from(jpeg));
}
