import { deflateSync } from 'node:zlib';
import { proto } from 'baileys';
import type { AppStateKey } from './app-state-key.ts';

const Type = proto.Message.ProtocolMessage.Type;

/** The key with which an account's devices encrypt their shared settings. */
export function keyShareMessage(key: AppStateKey, nowMs: number): proto.IMessage {
  return {
    protocolMessage: {
      type: Type.APP_STATE_SYNC_KEY_SHARE,
      appStateSyncKeyShare: {
        keys: [
          {
            keyId: { keyId: key.id },
            keyData: {
              keyData: key.data,
              fingerprint: { rawId: 1, currentIndex: 1, deviceIndexes: [0, 1] },
              timestamp: nowMs,
            },
          },
        ],
      },
    },
  };
}

/** One chunk of the history that a phone hands to a new device. */
export interface HistoryChunk {
  readonly history: proto.IHistorySync & { readonly syncType: proto.HistorySync.HistorySyncType };
  readonly chunkOrder: number;
  /** Percent. */
  readonly progress: number;
}

/** A chunk of history inside the message itself, as phones send small ones. */
export function inlineHistoryMessage(chunk: HistoryChunk): proto.IMessage {
  const { history, chunkOrder, progress } = chunk;
  return {
    protocolMessage: {
      type: Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        // Two enums of the protocol with the same members.
        syncType: history.syncType as unknown as proto.Message.HistorySyncType,
        chunkOrder,
        progress,
        initialHistBootstrapInlinePayload: deflateSync(proto.HistorySync.encode(history).finish()),
      },
    },
  };
}
