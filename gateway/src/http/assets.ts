import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Lies beside `src` and `dist`, so that the same path leads there from both. */
const FOLDER = new URL('../../web/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** A file that is part of the program, served to browsers. */
export interface Asset {
  readonly type: string;
  readonly etag: string;
  read(): Buffer;
  gzipped(): Promise<Buffer>;
}

/** One of the files in `web/`; throws when it is missing, at start rather than later. */
export const webAsset = (name: string): Asset => asset(new URL(name, FOLDER));

/** A file anywhere. Its bytes are not kept; the gzipped form is, from the first time it is wanted. */
export function asset(file: URL): Asset {
  const read = () => readFileSync(file);
  const etag = `"${createHash('sha256').update(read()).digest('base64url').slice(0, 22)}"`;
  const extension = file.pathname.slice(file.pathname.lastIndexOf('.') + 1);
  let packed: Promise<Buffer> | null = null;
  return {
    type: TYPES[extension] ?? 'application/octet-stream',
    etag,
    read,
    gzipped() {
      packed ??= promisify(gzip)(read());
      return packed;
    },
  };
}

/** Answers with an asset, or with 304 when the browser has it. */
export async function sendAsset(asset: Asset, request: FastifyRequest, reply: FastifyReply) {
  reply.headers({ etag: asset.etag, 'cache-control': 'no-cache' });
  reply.header('vary', [reply.getHeader('vary'), 'accept-encoding'].filter(Boolean).join(', '));
  if (request.headers['if-none-match']?.includes(asset.etag)) return reply.code(304).send();
  reply.type(asset.type);
  if (!request.headers['accept-encoding']?.includes('gzip')) return reply.send(asset.read());
  return reply.header('content-encoding', 'gzip').send(await asset.gzipped());
}
