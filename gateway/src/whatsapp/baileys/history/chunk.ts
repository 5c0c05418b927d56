import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { downloadContentFromMessage, proto } from 'baileys';
import type { Egress } from '../egress.ts';

export type HistoryNotification = proto.Message.IHistorySyncNotification;

/** A chunk that is larger, deflated or as it is, is not read. Phones send some hundred kilobytes. */
export const MAX_CHUNK_BYTES = 64 * 1024 * 1024;

/** It can never be read, however often it is tried. */
export class UnreadableChunk extends Error {
  override readonly name = 'UnreadableChunk';
}

const inflated = promisify(inflate);

/**
 * The chunk that a notification carries or points to. Rejects with `UnreadableChunk` when it is damaged
 * or too large, and as the download does when it cannot be fetched.
 */
export async function openChunk(
  notification: HistoryNotification,
  egress: Egress | null,
): Promise<proto.HistorySync> {
  const inline = notification.initialHistBootstrapInlinePayload;
  const deflated = inline?.length ? inline : await download(notification, egress);
  try {
    return proto.HistorySync.decode(await inflated(deflated, { maxOutputLength: MAX_CHUNK_BYTES }));
  } catch (error) {
    throw new UnreadableChunk('a chunk of history is damaged or too large', { cause: error });
  }
}

/** The library checks neither length nor hash of what it downloads. */
async function download(notification: HistoryNotification, egress: Egress | null): Promise<Buffer> {
  const options = egress ? ({ dispatcher: egress.dispatcher } as RequestInit) : {};
  const { mediaKey, directPath, fileSha256 } = notification;
  const stream = await downloadContentFromMessage(
    { mediaKey: mediaKey ?? null, directPath: directPath ?? null },
    'md-msg-hist',
    { options },
  );
  const parts: Buffer[] = [];
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_CHUNK_BYTES) throw new UnreadableChunk('a chunk of history is too large');
    hash.update(part);
    parts.push(part);
  }
  if (fileSha256?.length && !hash.digest().equals(fileSha256)) {
    throw new UnreadableChunk('a chunk of history is not what the phone stored');
  }
  return Buffer.concat(parts);
}
