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
  #hash: Uint8Array = PROTOCOL;
  #salt: Uint8Array = PROTOCOL;
  #key: Uint8Array = PROTOCOL;
  #counter = 0;

  /** `header` is the four bytes "WA", 6, 3 that the client sent first. */
  constructor(identity: ServerIdentity, ephemeral: KeyPair, header: Uint8Array) {
    this.#identity = identity;
    this.#ephemeral = ephemeral;
    this.#mixHash(header);
  }

  /** Takes `HandshakeMessage{clientHello}`, gives `HandshakeMessage{serverHello}`. */
  respond(message: Uint8Array): Uint8Array {
    const clientEphemeral = decodeHandshake(message).clientHello?.ephemeral;
    if (!clientEphemeral) throw new NoiseError('the first handshake message has no ephemeral key');
    const { staticKey, certificateChain } = this.#identity;
    this.#mixHash(clientEphemeral);
    this.#mixHash(this.#ephemeral.publicKey);
    this.#mixKey(agreement(this.#ephemeral, clientEphemeral));
    const encryptedStatic = this.#encrypt(staticKey.publicKey);
    this.#mixKey(agreement(staticKey, clientEphemeral));
    const payload = this.#encrypt(certificateChain);
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
    const clientKey = this.#decrypt(finish.static);
    this.#mixKey(agreement(this.#ephemeral, clientKey));
    const payload = this.#decrypt(finish.payload);
    const [fromClient, toClient] = expand(EMPTY, this.#salt);
    return { clientKey, payload, transport: new NoiseTransport(toClient, fromClient) };
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = createHash('sha256').update(this.#hash).update(data).digest();
  }

  #mixKey(secret: Uint8Array): void {
    [this.#salt, this.#key] = expand(secret, this.#salt);
    this.#counter = 0;
  }

  #encrypt(plaintext: Uint8Array): Uint8Array {
    const sealed = seal(this.#key, this.#counter++, plaintext, this.#hash);
    this.#mixHash(sealed);
    return sealed;
  }

  #decrypt(sealed: Uint8Array): Uint8Array {
    const plaintext = open(this.#key, this.#counter++, sealed, this.#hash);
    this.#mixHash(sealed);
    return plaintext;
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
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Uint8Array, counter: number, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  if (sealed.length < TAG_LENGTH) throw new NoiseError(`frame ${counter} is too short`);
  const end = sealed.length - TAG_LENGTH;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce(counter));
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  } catch {
    throw new NoiseError(`frame ${counter} does not decrypt: forged, or the counters differ`);
  }
}
