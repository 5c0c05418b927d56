import type { EventEmitter } from 'node:events';
import type { BinaryNode, makeWASocket } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Notice } from '../notice.ts';
import type { RestrictionSignal, WireReceipt } from '../port.ts';
import { deliveryReceipt } from './delivery-receipt.ts';
import { type Device, ownAddresses } from './device.ts';
import { onEmitted } from './emitted.ts';
import { offer, stepInFront } from './gate.ts';
import { listenForNotices } from './notices/listen.ts';
import { readReceipt } from './receipts.ts';
import { newChatsSignal, reachOutSignal } from './restrictions.ts';
import { type FrameSink, holdFramesUntil } from './send-barrier.ts';
import { takeOverTransactions } from './transactions.ts';

export type LibrarySocket = ReturnType<typeof makeWASocket>;

/** The WebSocket under the library's client. */
interface RawSocket extends EventEmitter, FrameSink {
  /** Stops reading: the server is slowed down by TCP. */
  pause(): void;
  resume(): void;
  terminate(): void;
}

/** What a connection wants to hear of its socket. */
export interface SocketEvents {
  readonly now: () => number;
  readonly onFrame: () => void;
  readonly onAck: (stanza: BinaryNode) => void;
  readonly onReceipt: (receipt: WireReceipt) => Promise<void>;
  readonly onNotice: (notice: Notice) => Promise<void>;
  readonly onQr: (text: string) => void;
  /** Something in the credentials may be new. */
  readonly onCredentials: () => void;
  readonly onPaired: () => void;
  readonly onOpen: () => void;
  readonly onClosed: (error: unknown) => void;
  /** The server answered with an HTTP status instead of opening the WebSocket. */
  readonly onRefused: (status: number) => void;
  readonly onStorageFailure: () => void;
  readonly onRestriction: (signal: RestrictionSignal) => void;
  readonly logger: Logger;
}

/** Connects a fresh socket of the library to its device and its connection. */
export function wireUp(socket: LibrarySocket, device: Device, events: SocketEvents): void {
  const client = socket.ws as unknown as EventEmitter;
  const raw = rawSocket(socket);
  const held = raw && holdFramesUntil(raw, () => device.unwritten());
  if (raw) {
    device.readAhead.onBacklog = (isTooLong) => (isTooLong ? raw.pause() : raw.resume());
  }
  takeOverTransactions(socket.authState.keys, device.auth.keys, held ?? undefined);
  confirmArrivals(socket, device, events.logger);
  client.on('frame', events.onFrame);
  client.on('CB:ack,class:message', events.onAck);
  client.on('CB:notification', (stanza: BinaryNode) => {
    device.groups.changed(stanza).catch(events.onStorageFailure);
  });
  client.on('unexpected-response', (_request, response: { statusCode?: number }) => {
    events.onRefused(response.statusCode ?? 0);
  });
  stepInFront(client, 'CB:message', (stanza) => device.readAhead.arrived(stanza));
  stepInFront(client, 'CB:receipt', (stanza) => {
    const receipt = readReceipt(stanza, ownAddresses(device.auth.creds), events.now());
    return receipt && offer(() => events.onReceipt(receipt), events.logger);
  });
  listenForNotices(socket, device, events);
  listen(socket, device, events);
}

/**
 * Sends the receipts of messages that need nothing else. One that does not go out costs nothing: WhatsApp
 * delivers the message again.
 */
function confirmArrivals(socket: LibrarySocket, device: Device, logger: Logger): void {
  let isOnline = false;
  socket.ev.on('connection.update', (update) => {
    isOnline = update.isOnline ?? isOnline;
  });
  const failed = (error: unknown) => logger.debug({ err: error }, 'a receipt was not sent');
  device.readAhead.onComplete = (stanzas) => {
    for (const stanza of stanzas) socket.sendNode(deliveryReceipt(stanza, isOnline)).catch(failed);
  };
}

/** A socket that does not close by itself within this is cut. */
const CLOSE_LIMIT_MS = 1_000;

/** Closes a socket, by force when it takes more than a second. */
export function cut(socket: LibrarySocket, clock: Clock): void {
  const raw = rawSocket(socket);
  void socket.end(undefined).catch(() => undefined);
  const limit = clock.after(CLOSE_LIMIT_MS, () => raw?.terminate());
  if (raw) raw.once('close', () => limit.cancel());
  else limit.cancel();
}

/** Null once the library has let go of it. */
function rawSocket(socket: LibrarySocket): RawSocket | null {
  return (socket.ws as unknown as { readonly socket: RawSocket | null }).socket;
}

function listen(socket: LibrarySocket, device: Device, events: SocketEvents): void {
  const { credentials } = device;
  onEmitted(socket.ev, {
    // A change that does not repeat the name makes the library send a bare `<presence/>`.
    'creds.update': (change) => {
      const { me } = credentials.creds;
      if (me) Object.assign(change, { me: { ...me, ...change.me } });
    },
  });
  socket.ev.on('creds.update', () => {
    credentials.changed();
    credentials.pending()?.catch(events.onStorageFailure);
    events.onCredentials();
  });
  socket.ev.on('message-capping.update', (info) => events.onRestriction(newChatsSignal(info)));
  socket.ev.on('connection.update', (update) => {
    const { qr, isNewLogin, connection, lastDisconnect, reachoutTimeLock } = update;
    if (reachoutTimeLock) events.onRestriction(reachOutSignal(reachoutTimeLock));
    if (qr) events.onQr(qr);
    if (isNewLogin) events.onPaired();
    if (connection === 'open') events.onOpen();
    if (connection === 'close') events.onClosed(lastDisconnect?.error);
  });
}
