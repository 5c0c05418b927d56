import { createReadStream } from 'node:fs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OpenedMedia } from './received-media.ts';

/** Types that browsers show without running anything in them. */
const INERT = /^(image\/(jpeg|png|webp|gif)|video\/(mp4|3gpp)|audio\/(mpeg|ogg|mp4|aac|amr))\b/;

/**
 * Answers with a medium: whole, or the part that `Range` asks for. It is never active content: the type
 * is inert, sniffing is off, the page it might be opened in has no rights, and it is an attachment.
 */
export function serveMedia(
  request: FastifyRequest,
  reply: FastifyReply,
  { file, mimetype, fileName }: OpenedMedia,
): FastifyReply {
  reply.headers({
    'content-type': INERT.test(mimetype) ? mimetype : 'application/octet-stream',
    'content-disposition': `attachment; filename*=UTF-8''${encodeRfc5987(fileName)}`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, max-age=3600',
    'accept-ranges': 'bytes',
  });
  const range = rangeOf(request.headers.range, file.bytes);
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${file.bytes}`).send();
  }
  if (range === null) {
    reply.header('content-length', file.bytes);
    return reply.send(createReadStream(file.path));
  }
  const { start, end } = range;
  reply.code(206).headers({
    'content-range': `bytes ${start}-${end}/${file.bytes}`,
    'content-length': end - start + 1,
  });
  return reply.send(createReadStream(file.path, { start, end }));
}

/**
 * RFC 9110, 14.1.2: one range of bytes. Several ranges, and what is not understood, are answered with the
 * whole, as the RFC allows. Pure.
 */
export function rangeOf(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return null;
  return start >= size ? 'unsatisfiable' : { start, end };
}

const encodeRfc5987 = (text: string): string =>
  encodeURIComponent(Buffer.from(text).toString()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
