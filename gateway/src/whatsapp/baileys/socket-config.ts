import type { Agent as HttpsAgent } from 'node:https';
import {
  Browsers,
  DEFAULT_CONNECTION_CONFIG,
  type GroupMetadata,
  proto,
  type UserFacingSocketConfig,
} from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { ClientVersion } from '../version.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { Device } from './device.ts';
import type { Egress } from './egress.ts';
import { withholdChunk } from './history/withheld.ts';
import { libraryLogger } from './library-logger.ts';

/** A question to the server that is unanswered after this is given up. */
export const QUERY_TIMEOUT_MS = 20_000;
/**
 * Pause after each request to send an unreadable message again. Everything behind it waits for its receipt
 * meanwhile, so the library's 250 ms would let a burst of a hundred hold a session up for 25 s.
 */
const RETRY_PAUSE_MS = 50;
const MINUTE_MS = 60_000;
/** As good as never: see `Pulse`. */
const LIBRARY_PING_MS = 24 * 60 * MINUTE_MS;
/** Longer than any pairing code lives. */
const CODE_SOCKET_LIMIT_MS = 10 * MINUTE_MS;

export interface SocketOptions {
  readonly device: Device;
  /** A simulator instead of WhatsApp. */
  readonly server: { readonly url: string } | null;
  /** Null: straight to WhatsApp. */
  readonly egress: Egress | null;
  /** Shown to a simulator only, so that it can tell its clients apart. */
  readonly clientName: string;
  readonly version: ClientVersion;
  /** A pairing code is waited for: the QR codes, which nobody sees, must not end the connection. */
  readonly byCode: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly message: (messageId: string) => Promise<Uint8Array | null>;
  /** A group to send to; undefined when WhatsApp does not answer: the library then asks in its own way. */
  readonly group: (chatId: string) => Promise<GroupMetadata | undefined>;
}

/**
 * How the library is configured, and why: its own defaults make the phone stop ringing (online on
 * connect), wait a minute for lost answers, and forget device lists, retry counts and group members with
 * every socket.
 */
export function socketConfig(options: SocketOptions): UserFacingSocketConfig {
  const { device, server, egress, byCode, clock, logger } = options;
  return {
    auth: device.auth,
    logger: libraryLogger(logger),
    browser: Browsers.ubuntu('Chrome'),
    version: [...options.version],
    ...(server ? { waWebSocketUrl: server.url, pushName: options.clientName } : {}),
    ...(egress ? through(egress, server?.url) : {}),
    ...(byCode ? { qrTimeout: CODE_SOCKET_LIMIT_MS } : {}),
    markOnlineOnConnect: false,
    // Sends go through `relayMessage`; what we send is recorded before it is sent.
    emitOwnEvents: false,
    syncFullHistory: false,
    shouldSyncHistoryMessage: withholdChunk,
    defaultQueryTimeoutMs: QUERY_TIMEOUT_MS,
    keepAliveIntervalMs: LIBRARY_PING_MS,
    connectTimeoutMs: QUERY_TIMEOUT_MS,
    retryRequestDelayMs: RETRY_PAUSE_MS,
    // Records are committed once, by us; ten tries three seconds apart would hold up every send.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    makeSignalRepository: (_auth, _logger, ask) => device.repository.forSocket(ask),
    getMessage: async ({ id }) => {
      const encoded = id ? await options.message(id) : null;
      return encoded ? proto.Message.decode(encoded) : undefined;
    },
    cachedGroupMetadata: options.group,
    userDevicesCache: device.deviceLists,
    msgRetryCounterCache: device.retryCounters,
    callOfferCache: new BoundedCache(clock, 100, 5 * MINUTE_MS),
    placeholderResendCache: new BoundedCache(clock, 1_000, 60 * MINUTE_MS),
  };
}

/** The version of WhatsApp Web that the library was made for. */
export const BUNDLED_VERSION: ClientVersion = DEFAULT_CONNECTION_CONFIG.version;

/** `agent` is for the WebSocket, `fetchAgent` for uploads, the dispatcher for what the library fetches. */
function through(egress: Egress, url = 'wss:'): Partial<UserFacingSocketConfig> {
  // The library's types are narrower than what its clients take, and Node's of `fetch` are another copy.
  return {
    agent: egress.agent(url.startsWith('wss:')) as HttpsAgent,
    fetchAgent: egress.agent(true) as HttpsAgent,
    options: { dispatcher: egress.dispatcher } as RequestInit,
  };
}
