import { proto } from 'baileys';
import type { Content, ProtocolContent } from './content.ts';
import { composeTarget, readTarget } from './frame.ts';
import { given, toNumber } from './given.ts';
import type { ComposeTools } from './tools.ts';

const Type = proto.Message.ProtocolMessage.Type;
const Peer = proto.Message.PeerDataOperationRequestType;

/** What devices of one account tell one another, and the settings of a chat. */
export function composeProtocol(content: ProtocolContent, tools: ComposeTools): proto.IMessage {
  return { protocolMessage: protocolMessageOf(content, tools.context.nowMs) };
}

function protocolMessageOf(
  content: ProtocolContent,
  nowMs: number,
): proto.Message.IProtocolMessage {
  switch (content.type) {
    case 'app-state-keys':
      return {
        type: Type.APP_STATE_SYNC_KEY_SHARE,
        appStateSyncKeyShare: {
          keys: content.keys.map(({ id, data, madeMs }) => ({
            keyId: { keyId: id },
            keyData: {
              keyData: data,
              fingerprint: { rawId: 1, currentIndex: 0, deviceIndexes: [0] },
              timestamp: madeMs ?? nowMs,
            },
          })),
        },
      };
    case 'app-state-key-request':
      return {
        type: Type.APP_STATE_SYNC_KEY_REQUEST,
        appStateSyncKeyRequest: { keyIds: content.ids.map((keyId) => ({ keyId })) },
      };
    case 'history':
      return {
        type: Type.HISTORY_SYNC_NOTIFICATION,
        historySyncNotification: content.notification,
      };
    case 'history-request':
    case 'placeholder-request':
      return peerRequest(content);
    case 'placeholder-response':
      return {
        type: Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
        peerDataOperationRequestResponseMessage: {
          peerDataOperationRequestType: Peer.PLACEHOLDER_MESSAGE_RESEND,
          stanzaId: content.requestId,
          peerDataOperationResult: content.messages.map((message) => ({
            placeholderMessageResendResponse: {
              webMessageInfoBytes: proto.WebMessageInfo.encode(message).finish(),
            },
          })),
        },
      };
    case 'ephemeral-setting':
      return {
        type: Type.EPHEMERAL_SETTING,
        ephemeralExpiration: content.seconds,
        ephemeralSettingTimestamp: content.setS ?? Math.floor(nowMs / 1000),
      };
    case 'lid-mappings':
      return {
        type: Type.LID_MIGRATION_MAPPING_SYNC,
        lidMigrationMappingSyncMessage: { encodedMappingPayload: encodeMappings(content, nowMs) },
      };
    case 'share-phone-number':
      return { type: Type.SHARE_PHONE_NUMBER };
  }
}

function peerRequest(
  content: Extract<ProtocolContent, { type: 'history-request' | 'placeholder-request' }>,
): proto.Message.IProtocolMessage {
  const request: proto.Message.IPeerDataOperationRequestMessage =
    content.type === 'placeholder-request'
      ? {
          peerDataOperationRequestType: Peer.PLACEHOLDER_MESSAGE_RESEND,
          placeholderMessageResendRequest: content.targets.map((target) => ({
            messageKey: composeTarget(target),
          })),
        }
      : {
          peerDataOperationRequestType: Peer.HISTORY_SYNC_ON_DEMAND,
          historySyncOnDemandRequest: {
            chatJid: content.chat,
            onDemandMsgCount: content.count,
            oldestMsgId: content.before.id,
            oldestMsgFromMe: content.before.fromMe,
            oldestMsgTimestampMs: content.before.atMs,
          },
        };
  return {
    type: Type.PEER_DATA_OPERATION_REQUEST_MESSAGE,
    peerDataOperationRequestMessage: request,
  };
}

function encodeMappings(
  content: Extract<ProtocolContent, { type: 'lid-mappings' }>,
  nowMs: number,
): Uint8Array {
  return proto.LIDMigrationMappingSyncPayload.encode({
    pnToLidMappings: content.mappings.map(({ phone, lid }) => ({
      pn: Number(phone),
      assignedLid: Number(lid),
    })),
    chatDbMigrationTimestamp: Math.floor(nowMs / 1000),
  }).finish();
}

export function readProtocol(message: proto.IMessage): Content | null {
  const protocol = message.protocolMessage;
  if (!protocol) return null;
  switch (protocol.type) {
    case Type.APP_STATE_SYNC_KEY_SHARE:
      return { type: 'app-state-keys', keys: readKeys(protocol) };
    case Type.APP_STATE_SYNC_KEY_REQUEST: {
      const ids = protocol.appStateSyncKeyRequest?.keyIds ?? [];
      return {
        type: 'app-state-key-request',
        ids: ids.map(({ keyId }) => keyId ?? new Uint8Array()),
      };
    }
    case Type.HISTORY_SYNC_NOTIFICATION:
      return { type: 'history', notification: protocol.historySyncNotification ?? {} };
    case Type.PEER_DATA_OPERATION_REQUEST_MESSAGE:
      return readPeerRequest(protocol.peerDataOperationRequestMessage ?? {});
    case Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE:
      return readPeerResponse(protocol.peerDataOperationRequestResponseMessage ?? {});
    case Type.EPHEMERAL_SETTING:
      return {
        type: 'ephemeral-setting',
        seconds: protocol.ephemeralExpiration ?? 0,
        ...given({ setS: toNumber(protocol.ephemeralSettingTimestamp) || null }),
      };
    case Type.LID_MIGRATION_MAPPING_SYNC:
      return { type: 'lid-mappings', mappings: readMappings(protocol) };
    case Type.SHARE_PHONE_NUMBER:
      return { type: 'share-phone-number' };
    default:
      return unsupportedProtocol(protocol.type);
  }
}

function readKeys(protocol: proto.Message.IProtocolMessage) {
  return (protocol.appStateSyncKeyShare?.keys ?? []).map(({ keyId, keyData }) => ({
    id: keyId?.keyId ?? new Uint8Array(),
    data: keyData?.keyData ?? new Uint8Array(),
    ...given({ madeMs: toNumber(keyData?.timestamp) }),
  }));
}

function readPeerRequest(request: proto.Message.IPeerDataOperationRequestMessage): Content {
  const history = request.historySyncOnDemandRequest;
  if (request.peerDataOperationRequestType === Peer.HISTORY_SYNC_ON_DEMAND && history) {
    return {
      type: 'history-request',
      chat: history.chatJid ?? '',
      count: history.onDemandMsgCount ?? 0,
      before: {
        id: history.oldestMsgId ?? '',
        fromMe: history.oldestMsgFromMe ?? false,
        atMs: toNumber(history.oldestMsgTimestampMs) ?? 0,
      },
    };
  }
  if (request.peerDataOperationRequestType === Peer.PLACEHOLDER_MESSAGE_RESEND) {
    const requests = request.placeholderMessageResendRequest ?? [];
    return {
      type: 'placeholder-request',
      targets: requests.map(({ messageKey }) => readTarget(messageKey)),
    };
  }
  return unsupportedPeer(request.peerDataOperationRequestType);
}

function readPeerResponse(
  response: proto.Message.IPeerDataOperationRequestResponseMessage,
): Content {
  if (response.peerDataOperationRequestType !== Peer.PLACEHOLDER_MESSAGE_RESEND) {
    return unsupportedPeer(response.peerDataOperationRequestType);
  }
  const results = response.peerDataOperationResult ?? [];
  return {
    type: 'placeholder-response',
    requestId: response.stanzaId ?? '',
    messages: results.flatMap(({ placeholderMessageResendResponse: resent }) =>
      decoded((bytes) => proto.WebMessageInfo.decode(bytes), resent?.webMessageInfoBytes),
    ),
  };
}

function readMappings(protocol: proto.Message.IProtocolMessage) {
  const payloads = decoded(
    (bytes) => proto.LIDMigrationMappingSyncPayload.decode(bytes),
    protocol.lidMigrationMappingSyncMessage?.encodedMappingPayload,
  );
  return payloads
    .flatMap((payload) => payload.pnToLidMappings)
    .map(({ pn, assignedLid, latestLid }) => ({
      phone: String(toNumber(pn) ?? ''),
      lid: String(toNumber(latestLid) || toNumber(assignedLid) || ''),
    }));
}

/** One element, or none when the bytes are not what they should be. */
function decoded<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array | null | undefined): T[] {
  if (!bytes) return [];
  try {
    return [decode(bytes)];
  } catch {
    return [];
  }
}

function unsupportedProtocol(type: proto.Message.ProtocolMessage.Type | null | undefined): Content {
  return { type: 'unsupported', name: `protocolMessage.${Type[type ?? 0] ?? type}` };
}

function unsupportedPeer(
  type: proto.Message.PeerDataOperationRequestType | null | undefined,
): Content {
  return { type: 'unsupported', name: `peerDataOperation.${Peer[type ?? 0] ?? type}` };
}
