import { z } from 'zod';
import type { Report } from './content-type.ts';

/** Where the bytes of a medium come from. Plain JSON. */
export type MediaSource = {
  /** As the sender states it; what the bytes are is found out from the bytes. */
  readonly mimetype: string | null;
  readonly fileName: string | null;
  /** JSON pointer of the field in the request, for error messages. */
  readonly pointer: string;
} & (
  | { readonly kind: 'url'; readonly url: string }
  /** Base64, in the usual or the URL-safe alphabet, possibly with white space in it. */
  | { readonly kind: 'base64'; readonly data: string }
  | { readonly kind: 'upload'; readonly mediaId: string }
);

const MIMETYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*(\s*;.*)?$/i;

/** The fields that name a medium; exactly one of `url`, `base64` and `mediaId` must be there. */
export const mediaFields = {
  url: z
    .string()
    .min(1)
    .describe('http(s) URL that is fetched, or a data URI')
    .meta({ examples: ['https://example.com/photo.jpg'] })
    .optional(),
  base64: z.string().min(1).describe('The bytes themselves, instead of a URL').optional(),
  mediaId: z
    .string()
    .min(1)
    .max(128)
    .describe('Of a file that was uploaded to `/sessions/:id/media`, instead of a URL')
    .optional(),
  mimetype: z.string().max(127).regex(MIMETYPE).describe('Its type, if known').optional(),
  fileName: z.string().min(1).max(255).describe('Its name, if known').optional(),
  filename: z.string().min(1).max(255).describe('The same as fileName').optional(),
} as const;

type MediaFields = { [Field in keyof typeof mediaFields]?: string | undefined };

const SOURCES = ['url', 'base64', 'mediaId'] as const;

/** Checks what the fields say together. */
export function checkMedia(fields: MediaFields, report: Report): void {
  const [first, second] = SOURCES.filter((name) => fields[name] !== undefined);
  if (first === undefined) {
    report('url', 'Give the media as url, base64 or mediaId, or send the file', 'missing_field');
  }
  if (second !== undefined) {
    report(second, `Give either ${first} or ${second}, not both`, 'invalid_media');
  }
  if (fields.url === undefined) return;
  if (fields.url.slice(0, 5).toLowerCase() === 'data:') {
    if (!parseDataUri(fields.url)) report('url', 'Is not a valid data URI', 'invalid_media');
  } else if (!isHttpUrl(fields.url)) {
    report('url', 'Must be a complete http:// or https:// URL, or a data URI', 'invalid_media');
  }
}

/** The source that checked fields name. */
export function mediaSource(fields: MediaFields, pointer: string): MediaSource {
  const fileName = fields.fileName ?? fields.filename ?? null;
  const mimetype = fields.mimetype?.toLowerCase() ?? null;
  if (fields.base64 !== undefined) {
    return {
      kind: 'base64',
      data: fields.base64,
      mimetype,
      fileName,
      pointer: `${pointer}/base64`,
    };
  }
  if (fields.mediaId !== undefined) {
    const { mediaId } = fields;
    return { kind: 'upload', mediaId, mimetype, fileName, pointer: `${pointer}/mediaId` };
  }
  const url = fields.url ?? '';
  const inline = parseDataUri(url);
  return inline
    ? {
        kind: 'base64',
        data: inline.data,
        mimetype: mimetype ?? inline.mimetype,
        fileName,
        pointer: `${pointer}/url`,
      }
    : { kind: 'url', url, mimetype, fileName, pointer: `${pointer}/url` };
}

/** RFC 2397: `data:[<mediatype>][;base64],<data>`. Null for anything else. */
function parseDataUri(uri: string): { mimetype: string | null; data: string } | null {
  if (uri.slice(0, 5).toLowerCase() !== 'data:') return null;
  const comma = uri.indexOf(',');
  if (comma === -1) return null;
  const [type, ...parameters] = uri.slice(5, comma).split(';');
  const mimetype = type ? type.trim().toLowerCase() : null;
  if (mimetype !== null && !MIMETYPE.test(mimetype)) return null;
  const payload = uri.slice(comma + 1);
  if (parameters.some((parameter) => parameter.trim().toLowerCase() === 'base64')) {
    return { mimetype, data: payload.includes('%') ? percentDecoded(payload) : payload };
  }
  return { mimetype, data: Buffer.from(percentDecoded(payload)).toString('base64') };
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol } = new URL(text);
  return protocol === 'http:' || protocol === 'https:';
}
