import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../kernel/clock.ts';
import { sha256 } from './crypto.ts';
import type { FaultList } from './faults.ts';
import type { MediaFault, StoredBlob } from './port.ts';
import { readRange } from './range.ts';

/** What the two kinds of transfer need of the server. */
export interface TransferDeps {
  readonly auth: string;
  readonly clock: Clock;
  readonly faults: FaultList;
  readonly maxFileBytes: number;
  store(kind: string, bytes: Uint8Array): StoredBlob;
  read(path: string): Uint8Array | null;
  /** Reserves memory for bytes on their way in; false when too many are under way. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
}

/** `/mms/image/<token>`; business covers and catalogue pictures use the other two prefixes. */
const UPLOAD_PATH = /^\/(mms|pps|product)\/([a-z-]{1,32})\/([A-Za-z0-9_-]{1,64})$/;

const DEFAULT_DELAY_MS = 2_000;
const SLOW_PIECES = 8;

/** Answers one request; never throws. */
export async function transfer(
  deps: TransferDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://localhost');
  try {
    if (request.method === 'POST') await upload(deps, url, request, response);
    else if (request.method === 'GET') await download(deps, url, request, response);
    else refuse(response, 405, 'only GET and POST are known here');
  } catch {
    // The client went away in the middle: there is nobody left to tell.
    response.destroy();
  }
}

async function upload(
  deps: TransferDeps,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const match = UPLOAD_PATH.exec(url.pathname);
  if (!match) return refuse(response, 404, 'there is no such upload path');
  const [, prefix, kind = '', token = ''] = match;
  if (url.searchParams.get('auth') !== deps.auth) return refuse(response, 401, 'auth is not valid');
  if (url.searchParams.get('token') !== token) {
    return refuse(response, 400, 'token differs from the one in the path');
  }
  const fault = deps.faults.take('upload');
  if (fault?.kind === 'upload-refused') return refuse(response, 500, 'refused on purpose');
  const body = await receive(deps, request, fault?.kind === 'cut');
  if (body === 'cut') return void response.destroy();
  if (body === 'too-large') return refuse(response, 413, `at most ${deps.maxFileBytes} bytes`);
  if (body === 'busy') return refuse(response, 503, 'too many uploads at once');
  if (Buffer.from(sha256(body)).toString('base64url') !== token) {
    return refuse(response, 400, 'token is not the SHA-256 of the body');
  }
  if (fault?.kind === 'slow') await pause(deps.clock, delayOf(fault));
  const { directPath, url: address } = deps.store(kind, body);
  answer(response, 200, {
    url: address,
    direct_path: directPath,
    ...(prefix === 'pps' ? coverFields(deps.clock, token) : {}),
  });
}

/** A business cover is set by these values afterwards. */
function coverFields(clock: Clock, token: string) {
  const hash = Buffer.from(token, 'base64url');
  return {
    meta_hmac: hash.toString('hex'),
    fbid: hash.readUIntBE(0, 6),
    ts: Math.floor(clock.now() / 1000),
  };
}

type Received = Uint8Array | 'too-large' | 'busy' | 'cut';

async function receive(
  deps: TransferDeps,
  request: IncomingMessage,
  cut: boolean,
): Promise<Received> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > deps.maxFileBytes) return 'too-large';
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // A refusal must still be written to the socket that the body comes from.
    const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
    for await (const chunk of body) {
      if (cut) return 'cut';
      size += chunk.length;
      if (!deps.reserve(chunk.length)) return 'busy';
      if (size > deps.maxFileBytes) return 'too-large';
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size);
  } finally {
    deps.release(size);
  }
}

async function download(
  deps: TransferDeps,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fault = deps.faults.take('download');
  if (fault?.kind === 'not-found') return refuse(response, 404, 'not found, on purpose');
  if (fault?.kind === 'gone') return refuse(response, 410, 'gone, on purpose');
  const stored = deps.read(url.pathname);
  if (!stored) return refuse(response, 404, 'nothing is stored under this path');
  const range = readRange(request.headers.range, stored.length);
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${stored.length}`);
    return refuse(response, 416, 'the range lies outside of the file');
  }
  const { start, end } = range ?? { start: 0, end: stored.length };
  const slice = stored.subarray(start, end);
  const body = fault?.kind === 'corrupt' ? corrupted(slice) : slice;
  response.writeHead(range ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': body.length,
    'accept-ranges': 'bytes',
    ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${stored.length}` } : {}),
  });
  if (fault?.kind === 'cut') {
    const half = body.subarray(0, Math.ceil(body.length / 2));
    response.write(half, () => response.destroy());
    return;
  }
  if (fault?.kind === 'slow') await trickle(deps.clock, response, body, delayOf(fault));
  else response.end(body);
}

/** One bit of the middle byte is flipped. */
function corrupted(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const middle = Math.floor(copy.length / 2);
  const byte = copy[middle];
  if (byte !== undefined) copy[middle] = byte ^ 1;
  return copy;
}

async function trickle(
  clock: Clock,
  response: ServerResponse,
  body: Uint8Array,
  delayMs: number,
): Promise<void> {
  const size = Math.ceil(body.length / SLOW_PIECES);
  for (let start = 0; start < body.length && !response.destroyed; start += size) {
    await pause(clock, delayMs / SLOW_PIECES);
    response.write(body.subarray(start, start + size));
  }
  response.end();
}

function delayOf(fault: MediaFault): number {
  return fault.delayMs ?? DEFAULT_DELAY_MS;
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}

/** The rest of a refused upload is not read: the connection ends with the answer. */
function refuse(response: ServerResponse, status: number, reason: string): void {
  if (!response.req.complete) response.setHeader('connection', 'close');
  answer(response, status, { error: { code: status, message: reason } });
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length });
  response.end(text);
}
