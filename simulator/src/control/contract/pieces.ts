import { z } from 'zod';

/*
 * What several kinds of content are made of. Field names are those of the library's `Content`; bytes
 * are base64, and messages that are meant can be named by their id alone.
 */

/** A text that the API takes, at most what WhatsApp takes in one message. */
export const text = (max = 65_536) => z.string().max(max);

/** Base64 in, bytes out. The length is checked instead of a pattern: files have millions of letters. */
export const bytes = z
  .string()
  .meta({ contentEncoding: 'base64' })
  .transform((encoded, context) => {
    const decoded = Buffer.from(encoded, 'base64');
    const padding = encoded.endsWith('==') ? 2 : encoded.endsWith('=') ? 1 : 0;
    if (encoded.length % 4 === 0 && decoded.length === (encoded.length / 4) * 3 - padding) {
      return new Uint8Array(decoded);
    }
    context.addIssue({ code: 'custom', message: 'is not base64 with padding' });
    return z.NEVER;
  });

export const jid = z
  .string()
  .max(100)
  .regex(/^[^@\s]*@[a-z.]+$/, 'is not an address such as 15551234567@s.whatsapp.net');

/** Digits or an address. */
export const person = z
  .string()
  .max(100)
  .regex(/^(\+?\d{5,20}|[^@\s]*@[a-z.]+)$/, 'is neither a number in digits nor an address')
  .transform((given) => given.replace(/^\+/, ''));

/** A file to send: it is encrypted and uploaded on the way, as a phone does it. */
export const file = z
  .strictObject({ base64: bytes })
  .transform(({ base64 }) => ({ bytes: base64 }))
  .meta({ description: 'The file as base64.' });

const fullTarget = z.strictObject({
  chat: jid,
  id: z.string().max(200),
  fromMe: z.boolean(),
  participant: jid.exactOptional(),
});

/** A message that is acted on: by its id when the phone has it, else in full. */
export const target = z.union([z.strictObject({ id: z.string().max(200) }), fullTarget]);

/** What may surround anything that is shown as a message of its own. */
export const frame = {
  quoted: z
    .strictObject({ id: z.string().max(200) })
    .exactOptional()
    .describe('The message that is answered; the phone must have it.'),
  mentions: z.array(jid).max(1024).exactOptional(),
  mentionsEveryone: z.boolean().exactOptional(),
  forwards: z.int().min(1).max(1000).exactOptional(),
  expiresInS: z.int().min(0).exactOptional(),
};

const size = z.int().min(1).max(100_000).exactOptional();
const mimetype = z
  .string()
  .max(200)
  .regex(/^[\w.+-]+\/[\w.+-]+(;.*)?$/, 'is not a media type such as image/jpeg')
  .exactOptional();

export const dimensions = { width: size, height: size };
export const fileFields = { media: file, mimetype };
export const thumbnail = bytes.exactOptional().describe('JPEG');
export const seconds = z
  .int()
  .min(0)
  .max(24 * 3600)
  .exactOptional();
export const unixSeconds = z.int().min(0);
export const latitude = z.number().min(-90).max(90);
export const longitude = z.number().min(-180).max(180);
