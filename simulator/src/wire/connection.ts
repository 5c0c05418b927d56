import { proto } from 'baileys';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../kernel/clock.ts';
import type { Random } from '../kernel/random.ts';
import { generateKeyPair } from '../signal/curve.ts';
import { decodeStanza } from './decoder.ts';
import { encodeStanza } from './encoder.ts';
import { FrameSplitter, frame } from './frames.ts';
import type { ServerIdentity } from './identity.ts';
import { NoiseError, NoiseHandshake, type NoiseTransport } from './noise.ts';
import type { Stanza } from './stanza.ts';

/** What a connection tells its owner. `closed` comes exactly once, whatever ended it. */
export interface ConnectionEvents {
  /** The handshake is done; stanzas may flow. */
  ready(connection: WireConnection, hello: ClientHello): void;
  received(connection: WireConnection, node: Stanza): void;
  /** The client broke the wire protocol; the connection is being dropped. */
  broken(connection: WireConnection, detail: string): void;
  closed(connection: WireConnection): void;
}

export interface ClientHello {
  /** The client's Noise static key, proved by the handshake. */
  readonly clientKey: Uint8Array;
  readonly payload: proto.ClientPayload;
  readonly routingInfo: Uint8Array | null;
}

export interface ConnectionDeps {
  readonly identity: ServerIdentity;
  readonly random: Random;
  readonly clock: Clock;
  readonly events: ConnectionEvents;
}

/** How the line to one client behaves; all zero and false is a perfect line. */
export interface LineConditions {
  /** Added to everything the server sends; order is kept. */
  readonly latencyMs: number;
  /** Up to this much more, drawn for each stanza. */
  readonly jitterMs: number;
  /** Half-open: nothing is sent or read any more, but the socket stays up. */
  readonly silent: boolean;
  /** The socket is cut once this many bytes have been sent; null for never. */
  readonly dropAfterBytes: number | null;
}

export const PERFECT_LINE: LineConditions = {
  latencyMs: 0,
  jitterMs: 0,
  silent: false,
  dropAfterBytes: null,
};

/** WhatsApp gives up on a client that does not finish the handshake; so do we. */
const HANDSHAKE_TIMEOUT_MS = 20_000;

type Phase =
  | { readonly name: 'hello' }
  | { readonly name: 'finish'; readonly handshake: NoiseHandshake }
  | { readonly name: 'open'; readonly transport: NoiseTransport }
  | { readonly name: 'closed' };

/** One client's socket: Noise handshake, then stanzas both ways. */
export class WireConnection {
  readonly id: number;
  readonly #socket: WebSocket;
  readonly #deps: ConnectionDeps;
  readonly #splitter = new FrameSplitter();
  #phase: Phase = { name: 'hello' };
  #line: LineConditions = PERFECT_LINE;
  /** What latency holds back, oldest first. */
  readonly #late: { readonly node: Stanza; readonly dueMs: number }[] = [];
  #sentBytes = 0;
  /** Frames of this turn of the loop. */
  readonly #unsent: Buffer[] = [];

  constructor(id: number, socket: WebSocket, deps: ConnectionDeps) {
    this.id = id;
    this.#socket = socket;
    this.#deps = deps;
  }

  /** Begins to listen to the client; the connection lives until `closed` is told. */
  start(): void {
    const socket = this.#socket;
    const deps = this.#deps;
    const timeout = deps.clock.after(HANDSHAKE_TIMEOUT_MS, () => {
      if (this.#phase.name !== 'open') this.drop();
    });
    socket.on('message', (data) => this.#read(data));
    socket.on('error', () => socket.terminate());
    socket.once('close', () => {
      timeout.cancel();
      this.#phase = { name: 'closed' };
      deps.events.closed(this);
    });
  }

  get isOpen(): boolean {
    return this.#phase.name === 'open';
  }

  get line(): LineConditions {
    return this.#line;
  }

  /** Changes how the line behaves from now on; bytes are counted anew. */
  setLine(line: LineConditions): void {
    this.#line = line;
    this.#sentBytes = 0;
  }

  /** Sends a stanza; on a closed or silent line it vanishes, as on a real one. */
  send(node: Stanza): void {
    const { latencyMs, jitterMs } = this.#line;
    if (latencyMs === 0 && jitterMs === 0 && this.#late.length === 0) return this.#write(node);
    const { clock, random } = this.#deps;
    this.#late.push({ node, dueMs: clock.now() + latencyMs + random.next() * jitterMs });
    if (this.#late.length === 1) this.#waitForLate();
  }

  /** Ends the connection in order: what was sent before arrives. */
  close(): void {
    this.#flush();
    this.#socket.close(1000);
    // A peer that never answers the close frame must not keep the socket.
    this.#deps.clock.after(1000, () => this.#socket.terminate());
  }

  /** Cuts the TCP connection without a word. */
  drop(): void {
    this.#socket.terminate();
  }

  /** Writes the oldest late stanza when it is due, then the next: TCP does not reorder. */
  #waitForLate(): void {
    const [next] = this.#late;
    if (!next) return;
    const { clock } = this.#deps;
    clock.after(next.dueMs - clock.now(), () => {
      this.#late.shift();
      this.#write(next.node);
      this.#waitForLate();
    });
  }

  #write(node: Stanza): void {
    if (this.#phase.name !== 'open' || this.#line.silent) return;
    this.#writeFrame(this.#phase.transport.encrypt(encodeStanza(node)));
  }

  #writeFrame(payload: Uint8Array): void {
    const bytes = frame(payload);
    if (this.#unsent.length === 0) setImmediate(() => this.#flush());
    this.#unsent.push(bytes);
  }

  /** Frames of one turn of the loop travel together: a system call each would cost more than they do. */
  #flush(): void {
    const bytes = this.#unsent.length === 1 ? this.#unsent[0] : Buffer.concat(this.#unsent);
    this.#unsent.length = 0;
    if (!bytes || bytes.length === 0 || this.#line.silent) return;
    const { dropAfterBytes } = this.#line;
    if (dropAfterBytes !== null && this.#sentBytes + bytes.length > dropAfterBytes) {
      const rest = bytes.subarray(0, Math.max(0, dropAfterBytes - this.#sentBytes));
      this.#socket.send(rest, () => this.drop());
      this.#line = { ...this.#line, silent: true };
      return;
    }
    this.#sentBytes += bytes.length;
    this.#socket.send(bytes);
  }

  #read(data: RawData): void {
    if (this.#line.silent) return;
    try {
      const chunk = Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data as Buffer);
      for (const payload of this.#splitter.push(chunk)) this.#take(payload);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#deps.events.broken(this, detail);
      this.drop();
    }
  }

  #take(payload: Uint8Array): void {
    const phase = this.#phase;
    switch (phase.name) {
      case 'hello':
        return this.#greet(payload);
      case 'finish':
        return this.#finish(phase.handshake, payload);
      case 'open':
        return this.#deps.events.received(this, decodeStanza(phase.transport.decrypt(payload)));
      case 'closed':
        return;
    }
  }

  #greet(payload: Uint8Array): void {
    const intro = this.#splitter.intro;
    if (!intro) throw new NoiseError('a frame came before the header');
    const { identity, random } = this.#deps;
    const handshake = new NoiseHandshake(identity, generateKeyPair(random), intro.header);
    const answer = handshake.respond(payload);
    this.#phase = { name: 'finish', handshake };
    this.#writeFrame(answer);
  }

  #finish(handshake: NoiseHandshake, message: Uint8Array): void {
    const { clientKey, payload, transport } = handshake.finish(message);
    this.#phase = { name: 'open', transport };
    this.#deps.events.ready(this, {
      clientKey,
      payload: proto.ClientPayload.decode(payload),
      routingInfo: this.#splitter.intro?.routingInfo ?? null,
    });
  }
}
