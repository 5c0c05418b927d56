import { NoiseError } from './noise.ts';

/** What every client sends first: "WA", protocol version 6, dictionary version 3. */
export const HEADER = Buffer.from([0x57, 0x41, 6, 3]);
const ROUTING_MARK = Buffer.from('ED', 'latin1');
/** The length field has three bytes; a client that announces more than this is broken or hostile. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024 - 1;

/** What precedes the first frame of a connection. */
export interface Intro {
  readonly header: Uint8Array;
  /** What an earlier connection was told in `edge_routing`; null when the client has none. */
  readonly routingInfo: Uint8Array | null;
}

/**
 * Cuts a client's byte stream into frames, however WebSocket messages split or joined them.
 * `intro` is null until the first bytes are complete. Throws `NoiseError` on a wrong header.
 */
export class FrameSplitter {
  #pending: Buffer = Buffer.alloc(0);
  #intro: Intro | null;

  /** `header`, when given, is taken as seen: the server's side of a stream has none. */
  constructor(header?: Uint8Array) {
    this.#intro = header ? { header, routingInfo: null } : null;
  }

  get intro(): Intro | null {
    return this.#intro;
  }

  /** Adds bytes; gives every frame that is complete now, without its length field. */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#pending =
      this.#pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#pending, chunk]);
    if (!this.#intro && !this.#readIntro()) return [];
    const frames: Uint8Array[] = [];
    while (this.#pending.length >= 3) {
      const end = 3 + this.#pending.readUIntBE(0, 3);
      if (this.#pending.length < end) break;
      frames.push(this.#pending.subarray(3, end));
      this.#pending = this.#pending.subarray(end);
    }
    return frames;
  }

  #readIntro(): boolean {
    let offset = 0;
    let routingInfo: Uint8Array | null = null;
    if (this.#pending.length < 2) return false;
    if (this.#pending.subarray(0, 2).equals(ROUTING_MARK)) {
      if (this.#pending.length < 7) return false;
      const end = 7 + this.#pending.readUIntBE(4, 3);
      if (this.#pending.length < end) return false;
      routingInfo = Buffer.from(this.#pending.subarray(7, end));
      offset = end;
    }
    if (this.#pending.length < offset + HEADER.length) return false;
    if (!this.#pending.subarray(offset, offset + HEADER.length).equals(HEADER)) {
      throw new NoiseError('the connection does not start with the WA header, version 6.3');
    }
    this.#intro = { header: HEADER, routingInfo };
    this.#pending = this.#pending.subarray(offset + HEADER.length);
    return true;
  }
}

/** Puts the length field before a frame. Throws when it is longer than the field can say. */
export function frame(payload: Uint8Array): Buffer {
  if (payload.length > MAX_FRAME_BYTES) {
    throw new NoiseError(`a frame of ${payload.length} bytes is over ${MAX_FRAME_BYTES}`);
  }
  const framed = Buffer.allocUnsafe(3 + payload.length);
  framed.writeUIntBE(payload.length, 0, 3);
  framed.set(payload, 3);
  return framed;
}
