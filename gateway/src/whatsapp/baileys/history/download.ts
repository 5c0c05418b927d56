import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { proto } from 'baileys';
import type { Clock } from '../../../kernel/clock.ts';
import { startDeadline } from '../../../net/deadline.ts';
import type { Egress } from '../egress.ts';

export type HistoryNotification = proto.Message.IHistorySyncNotification;

/** A chunk that is larger, deflated or as it is, is not read. Phones send some hundred kilobytes. */
export const MAX_CHUNK_BYTES = 64 * 1024 * 1024;

/** It can never be read, however often it is tried. */
export class UnreadableChunk extends Error {
  override readonly name = 'UnreadableChunk';
}

/** How chunks are fetched. */
export interface ChunkSource {
  readonly egress: Egress | null;
  readonly clock: Clock;
  /** Ends a download at once. */
  readonly signal: AbortSignal;
}

/** From the first byte asked for to the last: chunks are small, and a dripping server ends here. */
const DEADLINE_MS = 60_000;
const MAC_BYTES = 10;

/**
 * What a notification points to, decrypted. Rejects with `UnreadableChunk` when it can never be had, with
 * other errors when it may be had later, and as soon as the signal aborts. The library's own download can
 * neither be ended nor does it check what came.
 */
export async function downloadChunk(
  notification: HistoryNotification,
  { egress, clock, signal }: ChunkSource,
): Promise<Buffer> {
  const { directPath, mediaKey } = notification;
  const url = chunkUrl(directPath);
  if (url === null) throw new UnreadableChunk('a chunk of history lies outside of WhatsApp');
  if (mediaKey?.length !== 32) throw new UnreadableChunk('a chunk of history has no key');
  const deadline = startDeadline(clock, DEADLINE_MS, signal);
  try {
    const options = {
      headers: { origin: 'https://web.whatsapp.com', 'accept-encoding': 'identity' },
      redirect: 'error' as const,
      signal: deadline.signal,
      ...(egress ? { dispatcher: egress.dispatcher } : {}),
    };
    return decrypt(
      await bodyOf(await fetch(url, options as RequestInit)),
      mediaKey,
      notification.fileSha256,
    );
  } finally {
    deadline.end();
  }
}

/** WhatsApp's own server; the path comes in a message and must stay one. Null: it is none. Pure. */
export function chunkUrl(directPath: string | null | undefined): string | null {
  if (!directPath || !/^\/[^/\\]/.test(directPath)) return null;
  return `https://mmg.whatsapp.net${directPath}`;
}

async function bodyOf(response: Response): Promise<Buffer> {
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`a chunk of history was answered with HTTP ${response.status}`);
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > MAX_CHUNK_BYTES) throw new UnreadableChunk('a chunk of history is too large');
    parts.push(part);
  }
  return Buffer.concat(parts, bytes);
}

/** WhatsApp's media encryption: AES-256-CBC, and behind it an HMAC-SHA256 cut to 10 bytes. */
function decrypt(
  body: Buffer,
  mediaKey: Uint8Array,
  plainHash: Uint8Array | null | undefined,
): Buffer {
  const keys = Buffer.from(hkdfSync('sha256', mediaKey, '', 'WhatsApp History Keys', 112));
  const [iv, cipherKey, macKey] = [
    keys.subarray(0, 16),
    keys.subarray(16, 48),
    keys.subarray(48, 80),
  ];
  const at = Math.max(0, body.length - MAC_BYTES);
  const [ciphertext, end] = [body.subarray(0, at), body.subarray(at)];
  const mac = createHmac('sha256', macKey).update(iv).update(ciphertext).digest();
  if (end.length !== MAC_BYTES || !timingSafeEqual(mac.subarray(0, MAC_BYTES), end)) {
    throw new UnreadableChunk('a chunk of history is not what the phone stored');
  }
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
  const plain = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  if (plainHash?.length && !createHash('sha256').update(plain).digest().equals(plainHash)) {
    throw new UnreadableChunk('a chunk of history is not what the phone stored');
  }
  return plain;
}
