import { deflateSync } from 'node:zlib';
import { proto } from 'baileys';
import type { HistoryNotification } from './download.ts';
import { isFull } from './kinds.ts';

/** A chunk with nothing in it, of a type of which the library takes nothing but who is who. */
const EMPTY = deflateSync(
  proto.HistorySync.encode({
    syncType: proto.HistorySync.HistorySyncType.NON_BLOCKING_DATA,
  }).finish(),
);

/**
 * Whether the library is to see to a chunk, in the words of its `shouldSyncHistoryMessage`: to all but the
 * years-long full history, for the first one makes it fetch the settings that an account's devices share.
 *
 * The chunk itself is kept from it. It would fetch each a second time, and inflate it without any limit
 * (7.0.0-rc14, `downloadHistory`); `HistoryIntake` reads it from the journal. What the library prefers to
 * any link is a chunk that comes along, so it is handed an empty one, in the only place where it shows the
 * notification before it opens it.
 */
export function withholdChunk(notification: HistoryNotification): boolean {
  if (isFull(notification.syncType)) return false;
  notification.initialHistBootstrapInlinePayload = EMPTY;
  return true;
}
