/**
 * The lightest client that a benchmark can talk to: logs in with the key it is given, confirms every
 * message by receipt and counts them. A process of its own, so that its work is not the simulator's.
 */
import { proto } from 'baileys';
import { WebSocket } from 'ws';
import { seededRandom } from '../simulator/src/kernel/random.ts';
import { generateKeyPair, keyPairFrom } from '../simulator/src/signal/curve.ts';
import { decodeStanza } from '../simulator/src/wire/decoder.ts';
import { encodeStanza } from '../simulator/src/wire/encoder.ts';
import { FrameSplitter, frame, HEADER } from '../simulator/src/wire/frames.ts';
import { NoiseInitiator, type NoiseTransport } from '../simulator/src/wire/noise.ts';
import { type Stanza, stanza } from '../simulator/src/wire/stanza.ts';

/** What the benchmark tells the client to do. */
export interface LoginOrder {
  readonly url: string;
  readonly username: string;
  readonly device: number;
  /** Hex of the Noise key's secret. */
  readonly secret: string;
}

/** What the client tells the benchmark. */
export type Progress =
  | { readonly kind: 'ready' }
  | { readonly kind: 'received'; readonly count: number };

const REPORT_EVERY = 500;

function logIn({ url, username, device, secret }: LoginOrder): void {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const ephemeral = generateKeyPair(seededRandom(device));
  const handshake = new NoiseInitiator(keyPairFrom(Buffer.from(secret, 'hex')), ephemeral, HEADER);
  const splitter = new FrameSplitter(HEADER);
  let transport: NoiseTransport | null = null;
  let received = 0;
  const send = (node: Stanza) => {
    if (transport) socket.send(frame(transport.encrypt(encodeStanza(node))));
  };
  const take = (node: Stanza) => {
    const { id = '', from = '', category } = node.attrs;
    if (node.tag === 'success') {
      const attrs = { id: '1', xmlns: 'passive', type: 'set', to: 's.whatsapp.net' };
      send(stanza('iq', attrs, [stanza('active')]));
    } else if (node.tag === 'ib') {
      if (JSON.stringify(node.content).includes('"offline"')) process.send?.({ kind: 'ready' });
    } else if (node.tag === 'message') {
      send(stanza('receipt', { id, to: from, type: category === 'peer' ? 'peer_msg' : undefined }));
      if (category === 'peer') return;
      received += 1;
      if (received % REPORT_EVERY === 0) process.send?.({ kind: 'received', count: received });
    } else if (node.tag === 'notification' || node.tag === 'receipt') {
      const { type, participant } = node.attrs;
      send(stanza('ack', { class: node.tag, id, to: from, type, participant }));
    }
  };
  socket.on('open', () => socket.send(Buffer.concat([HEADER, frame(handshake.hello())])));
  socket.on('message', (data: Buffer) => {
    for (const payload of splitter.push(data)) {
      if (transport) {
        take(decodeStanza(transport.decrypt(payload)));
        continue;
      }
      const login = { username: Number(username), device, passive: true, pull: true };
      const finish = handshake.finish(payload, proto.ClientPayload.encode(login).finish());
      socket.send(frame(finish.message));
      ({ transport } = finish);
    }
  });
}

process.on('message', (order: LoginOrder) => logIn(order));
