import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { proto } from 'baileys';
import { agree, type KeyPair } from '../signal/curve.ts';
import type { ServerIdentity } from './identity.ts';

const PROTOCOL = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0', 'latin1');
const TAG_LENGTH = 16;
const EMPTY = new Uint8Array(0);

/** A handshake or frame that breaks the protocol; the connection cannot go on. */
export class NoiseError extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'NoiseError';
  }
}

/** Hash, chaining key and cipher key of a handshake ("symmetric state"), the same on both sides. */
class SymmetricState {
  #hash: Uint8Array = PROTOCOL;
  #salt: Uint8Array = PROTOCOL;
  #key: Uint8Array = PROTOCOL;
  #counter = 0;

  mixHash(data: Uint8Array): void {
    this.#hash = createHash('sha256').update(this.#hash).update(data).digest();
  }

  mixKey(secret: Uint8Array): void {
    [this.#salt, this.#key] = expand(secret, this.#salt);
    this.#counter = 0;
  }

  encrypt(plaintext: Uint8Array): Uint8Array {
    const sealed = seal(this.#key, this.#counter++, plaintext, this.#hash);
    this.mixHash(sealed);
    return sealed;
  }

  decrypt(sealed: Uint8Array): Uint8Array {
    const plaintext = open(this.#key, this.#counter++, sealed, this.#hash);
    this.mixHash(sealed);
    return plaintext;
  }

  /** The keys after the handshake: what the client writes with, what the server writes with. */
  split(): [Uint8Array, Uint8Array] {
    return expand(EMPTY, this.#salt);
  }
}

/** What the client proved and said at the end of the handshake. */
export interface HandshakeResult {
  /** The client's Noise static key: must be the one registered with the device at login. */
  readonly clientKey: Uint8Array;
  /** Encoded `ClientPayload`. */
  readonly payload: Uint8Array;
  readonly transport: NoiseTransport;
}

/**
 * The responder's side of Noise_XX_25519_AESGCM_SHA256 as WhatsApp uses it: `respond` to the client's
 * hello, then `finish` with its last message. Throws `NoiseError`; a failed handshake is of no more use.
 */
export class NoiseHandshake {
  readonly #identity: ServerIdentity;
  readonly #ephemeral: KeyPair;
  readonly #state = new SymmetricState();

  /** `header` is the four bytes "WA", 6, 3 that the client sent first. */
  constructor(identity: ServerIdentity, ephemeral: KeyPair, header: Uint8Array) {
    this.#identity = identity;
    this.#ephemeral = ephemeral;
    this.#state.mixHash(header);
  }

  /** Takes `HandshakeMessage{clientHello}`, gives `HandshakeMessage{serverHello}`. */
  respond(message: Uint8Array): Uint8Array {
    const clientEphemeral = decodeHandshake(message).clientHello?.ephemeral;
    if (!clientEphemeral) throw new NoiseError('the first handshake message has no ephemeral key');
    const { staticKey, certificateChain } = this.#identity;
    this.#state.mixHash(clientEphemeral);
    this.#state.mixHash(this.#ephemeral.publicKey);
    this.#state.mixKey(agreement(this.#ephemeral, clientEphemeral));
    const encryptedStatic = this.#state.encrypt(staticKey.publicKey);
    this.#state.mixKey(agreement(staticKey, clientEphemeral));
    const payload = this.#state.encrypt(certificateChain);
    return proto.HandshakeMessage.encode({
      serverHello: { ephemeral: this.#ephemeral.publicKey, static: encryptedStatic, payload },
    }).finish();
  }

  /** Takes `HandshakeMessage{clientFinish}`. */
  finish(message: Uint8Array): HandshakeResult {
    const finish = decodeHandshake(message).clientFinish;
    if (!finish?.static || !finish.payload) {
      throw new NoiseError('the last handshake message lacks the static key or the payload');
    }
    const clientKey = this.#state.decrypt(finish.static);
    this.#state.mixKey(agreement(this.#ephemeral, clientKey));
    const payload = this.#state.decrypt(finish.payload);
    const [fromClient, toClient] = this.#state.split();
    return { clientKey, payload, transport: new NoiseTransport(toClient, fromClient) };
  }
}

/** The client's side of the same handshake, for tests and benchmarks without a client library. */
export class NoiseInitiator {
  readonly #staticKey: KeyPair;
  readonly #ephemeral: KeyPair;
  readonly #state = new SymmetricState();

  constructor(staticKey: KeyPair, ephemeral: KeyPair, header: Uint8Array) {
    this.#staticKey = staticKey;
    this.#ephemeral = ephemeral;
    this.#state.mixHash(header);
  }

  hello(): Uint8Array {
    const ephemeral = this.#ephemeral.publicKey;
    this.#state.mixHash(ephemeral);
    return proto.HandshakeMessage.encode({ clientHello: { ephemeral } }).finish();
  }

  /** Takes the server's hello; gives the last message, the certificate chain and the ciphers. */
  finish(message: Uint8Array, payload: Uint8Array) {
    const hello = decodeHandshake(message).serverHello;
    if (!hello?.ephemeral || !hello.static || !hello.payload) {
      throw new NoiseError('the hello of the server is incomplete');
    }
    const state = this.#state;
    state.mixHash(hello.ephemeral);
    state.mixKey(agreement(this.#ephemeral, hello.ephemeral));
    const serverKey = state.decrypt(hello.static);
    state.mixKey(agreement(this.#ephemeral, serverKey));
    const certificateChain = state.decrypt(hello.payload);
    const encryptedStatic = state.encrypt(this.#staticKey.publicKey);
    state.mixKey(agreement(this.#staticKey, hello.ephemeral));
    const clientFinish = { static: encryptedStatic, payload: state.encrypt(payload) };
    const [toServer, fromServer] = state.split();
    return {
      message: proto.HandshakeMessage.encode({ clientFinish }).finish(),
      serverKey,
      certificateChain,
      transport: new NoiseTransport(toServer, fromServer),
    };
  }
}

/** The two ciphers after the handshake. Each frame uses the next counter; a lost or repeated one fails. */
export class NoiseTransport {
  readonly #writeKey: Uint8Array;
  readonly #readKey: Uint8Array;
  #written = 0;
  #read = 0;

  constructor(writeKey: Uint8Array, readKey: Uint8Array) {
    this.#writeKey = writeKey;
    this.#readKey = readKey;
  }

  encrypt(plaintext: Uint8Array): Uint8Array {
    return seal(this.#writeKey, this.#written++, plaintext, EMPTY);
  }

  /** Throws `NoiseError` when the frame is forged or its counter is not the next one. */
  decrypt(sealed: Uint8Array): Uint8Array {
    return open(this.#readKey, this.#read++, sealed, EMPTY);
  }
}

function decodeHandshake(message: Uint8Array): proto.HandshakeMessage {
  try {
    return proto.HandshakeMessage.decode(message);
  } catch {
    throw new NoiseError('a handshake message is not a HandshakeMessage');
  }
}

function agreement(own: KeyPair, theirs: Uint8Array): Uint8Array {
  if (theirs.length !== 32) throw new NoiseError('a handshake key is not 32 bytes long');
  return agree(own.privateKey, theirs);
}

function expand(secret: Uint8Array, salt: Uint8Array): [Uint8Array, Uint8Array] {
  const bytes = new Uint8Array(hkdfSync('sha256', secret, salt, EMPTY, 64));
  return [bytes.subarray(0, 32), bytes.subarray(32)];
}

function nonce(counter: number): Uint8Array {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(counter, 8);
  return iv;
}

function seal(key: Uint8Array, counter: number, plain: Uint8Array, aad: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce(counter));
  if (aad.length > 0) cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Uint8Array, counter: number, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  if (sealed.length < TAG_LENGTH) throw new NoiseError(`frame ${counter} is too short`);
  const end = sealed.length - TAG_LENGTH;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce(counter));
  if (aad.length > 0) decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  } catch {
    throw new NoiseError(`frame ${counter} does not decrypt: forged, or the counters differ`);
  }
}
