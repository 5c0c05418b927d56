import { proto } from 'baileys';

const FULL: number = proto.HistorySync.HistorySyncType.FULL;

/** The library's two types for this number are the same enum, declared twice. */
export function isFull(syncType: number | null | undefined): boolean {
  return syncType === FULL;
}
