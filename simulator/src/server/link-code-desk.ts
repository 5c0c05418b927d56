import { createCipheriv, createDecipheriv, hkdfSync, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { Device } from '../accounts/account.ts';
import { parseJid } from '../accounts/jid.ts';
import { type Clock, secondsText } from '../kernel/clock.ts';
import type { Random } from '../kernel/random.ts';
import { agree, generateKeyPair, type KeyPair } from '../signal/curve.ts';
import { bytesOf, childNamed, SERVER, type Stanza, stanza } from '../wire/stanza.ts';
import { type Candidate, type Linker, type PairingDesk, PairingError } from './pairing-desk.ts';

const deriveKey = promisify(pbkdf2);

const PBKDF2_ROUNDS = 131_072;
/** A pairing code is good for about three minutes. */
export const CODE_LIFETIME_MS = 180_000;
/** After the right code was typed the client answers at once; a wrong one may never be answered. */
const FINISH_TIMEOUT_MS = 20_000;

/** The phone's part, which for pairing codes includes a key agreement. */
export interface CodeLinker extends Linker {
  agree(publicKey: Uint8Array): Uint8Array;
}

interface Request {
  readonly candidate: Candidate;
  /** Digits that the client's operator typed; the notification goes to this phone. */
  readonly phone: string;
  readonly wrappedKey: Uint8Array;
  readonly ref: Uint8Array;
  readonly askedAtMs: number;
  finish: ((bundle: Stanza | null) => void) | null;
}

export interface LinkCodeDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly pairing: PairingDesk;
  requested(phone: string): void;
  /** Whether a request for a code of this phone is refused as one too many. */
  isLimited(phone: string): boolean;
}

/** Linking by an eight-character code that the client shows and a person types into the phone. */
export class LinkCodeDesk {
  readonly #deps: LinkCodeDeps;
  readonly #requests = new Map<Candidate, Request>();

  constructor(deps: LinkCodeDeps) {
    this.#deps = deps;
  }

  /** Numbers of the phones that clients wait for. */
  waiting(): string[] {
    return [...this.#requests.values()].map(({ phone }) => phone);
  }

  dismiss(candidate: Candidate): void {
    this.#requests.get(candidate)?.finish?.(null);
    this.#requests.delete(candidate);
  }

  /** Takes both stages that a client sends. */
  receive(candidate: Candidate, iq: Stanza, registration: Stanza): void {
    const { id } = iq.attrs;
    const { stage } = registration.attrs;
    if (stage === 'companion_hello') {
      if (this.#deps.isLimited(phoneIn(registration))) {
        // As told by users: Baileys#2008.
        const error = stanza('error', { code: '429', text: 'rate-overlimit' });
        candidate.send(stanza('iq', { type: 'error', id, from: SERVER }, [error]));
        return;
      }
      const ref = this.#open(candidate, registration);
      const content = [stanza('link_code_pairing_ref', {}, ref)];
      candidate.send(
        stanza('iq', { type: 'result', id, from: SERVER }, [
          stanza('link_code_companion_reg', { stage }, content),
        ]),
      );
      return;
    }
    candidate.send(stanza('iq', { type: 'result', id, from: SERVER }));
    this.#requests.get(candidate)?.finish?.(registration);
  }

  /** The phone's owner typed a code. Rejects with `PairingError`. */
  async link(phone: CodeLinker, code: string): Promise<Device> {
    const request = this.#find(phone.account.phone);
    const { candidate } = request;
    const own = generateKeyPair(this.#deps.random);
    const companionKey = await unwrapKey(request.wrappedKey, code);
    const wrapped = await wrapKey(own.publicKey, code, this.#deps.random);
    const bundle = await this.#exchange(request, wrapped, phone.identity);
    const secret = readBundle(bundle, own, companionKey);
    if (!secret) throw new PairingError('wrong-code', 'the code is not the one the client shows');
    if (!Buffer.from(secret.companionIdentity).equals(candidate.keys.identity)) {
      throw new PairingError('wrong-keys', 'the client finished with another identity key');
    }
    const advSecret = expand(
      Buffer.concat([
        agree(own.privateKey, companionKey),
        phone.agree(secret.companionIdentity),
        secret.random,
      ]),
      new Uint8Array(0),
      'adv_secret',
    );
    this.#requests.delete(candidate);
    return this.#deps.pairing.link(candidate, phone, advSecret);
  }

  #open(candidate: Candidate, registration: Stanza): Uint8Array {
    const phone = phoneIn(registration);
    const ref = Buffer.from(`3@${Buffer.from(this.#deps.random.bytes(18)).toString('base64')}`);
    this.#requests.set(candidate, {
      candidate,
      phone,
      wrappedKey: bytesOf(
        childNamed(registration, 'link_code_pairing_wrapped_companion_ephemeral_pub'),
      ),
      ref,
      askedAtMs: this.#deps.clock.now(),
      finish: null,
    });
    this.#deps.requested(phone);
    return ref;
  }

  #find(phone: string): Request {
    const requests = [...this.#requests.values()].filter((request) => request.phone === phone);
    const newest = requests.at(-1);
    if (!newest) throw new PairingError('unknown-ref', 'no client waits for a code of this phone');
    if (this.#deps.clock.now() - newest.askedAtMs > CODE_LIFETIME_MS) {
      throw new PairingError('wrong-code', 'the code has expired');
    }
    return newest;
  }

  #exchange(request: Request, wrapped: Uint8Array, identity: Uint8Array): Promise<Stanza> {
    const { clock, random } = this.#deps;
    return new Promise((resolve, reject) => {
      const finish = (bundle: Stanza | null) => {
        timer.cancel();
        request.finish = null;
        if (bundle) resolve(bundle);
        else reject(new PairingError('client-gone', 'the client did not finish the pairing'));
      };
      const timer = clock.after(FINISH_TIMEOUT_MS, () => finish(null));
      request.finish = finish;
      request.candidate.send(
        stanza(
          'notification',
          {
            from: SERVER,
            type: 'link_code_companion_reg',
            id: String(Math.floor(random.next() * 2 ** 32)),
            t: secondsText(clock),
          },
          [
            stanza('link_code_companion_reg', { stage: 'primary_hello' }, [
              stanza('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrapped),
              stanza('primary_identity_pub', {}, identity),
              stanza('link_code_pairing_ref', {}, request.ref),
            ]),
          ],
        ),
      );
    });
  }
}

/** The number whose phone is to type the code. */
function phoneIn(registration: Stanza): string {
  return parseJid(registration.attrs['jid'])?.user ?? '';
}

interface BundleSecret {
  readonly companionIdentity: Uint8Array;
  readonly random: Uint8Array;
}

/** salt 32, iv 12, then AES-GCM of companion identity, primary identity and 32 random bytes. */
function readBundle(finish: Stanza, own: KeyPair, companionKey: Uint8Array): BundleSecret | null {
  const sealed = Buffer.from(bytesOf(childNamed(finish, 'link_code_pairing_wrapped_key_bundle')));
  if (sealed.length !== 32 + 12 + 96 + 16) return null;
  const key = expand(
    agree(own.privateKey, companionKey),
    sealed.subarray(0, 32),
    'link_code_pairing_key_bundle_encryption_key',
  );
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(32, 44));
  decipher.setAuthTag(sealed.subarray(-16));
  try {
    const opened = Buffer.concat([decipher.update(sealed.subarray(44, -16)), decipher.final()]);
    return { companionIdentity: opened.subarray(0, 32), random: opened.subarray(64, 96) };
  } catch {
    return null;
  }
}

/** salt 32, iv 16, then AES-CTR of the key under the code. */
async function wrapKey(key: Uint8Array, code: string, random: Random): Promise<Uint8Array> {
  const salt = random.bytes(32);
  const iv = random.bytes(16);
  const cipher = createCipheriv('aes-256-ctr', await codeKey(code, salt), iv);
  return Buffer.concat([salt, iv, cipher.update(key), cipher.final()]);
}

async function unwrapKey(wrapped: Uint8Array, code: string): Promise<Uint8Array> {
  if (wrapped.length !== 80) throw new PairingError('wrong-keys', 'the wrapped key is malformed');
  const key = await codeKey(code, wrapped.subarray(0, 32));
  const decipher = createDecipheriv('aes-256-ctr', key, wrapped.subarray(32, 48));
  return Buffer.concat([decipher.update(wrapped.subarray(48)), decipher.final()]);
}

function codeKey(code: string, salt: Uint8Array): Promise<Buffer> {
  return deriveKey(code, salt, PBKDF2_ROUNDS, 32, 'sha256');
}

function expand(secret: Uint8Array, salt: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, info, 32));
}
