import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { proto } from 'baileys';
import {
  type ChunkSource,
  downloadChunk,
  type HistoryNotification,
  MAX_CHUNK_BYTES,
  UnreadableChunk,
} from './download.ts';

const inflated = promisify(inflate);

/**
 * The chunk that a notification carries or points to. Rejects with `UnreadableChunk` when it is damaged
 * or too large, and as the download does when it cannot be fetched.
 */
export async function openChunk(
  notification: HistoryNotification,
  source: ChunkSource,
): Promise<proto.HistorySync> {
  const inline = notification.initialHistBootstrapInlinePayload;
  const deflated = inline?.length ? inline : await downloadChunk(notification, source);
  try {
    return proto.HistorySync.decode(await inflated(deflated, { maxOutputLength: MAX_CHUNK_BYTES }));
  } catch (error) {
    throw new UnreadableChunk('a chunk of history is damaged or too large', { cause: error });
  }
}
