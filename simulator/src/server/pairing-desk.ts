import { proto } from 'baileys';
import {
  type Account,
  accountJid,
  type Device,
  linkDevice,
  type NewDevice,
  nextDeviceId,
} from '../accounts/account.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Random } from '../kernel/random.ts';
import { typed, verify } from '../signal/curve.ts';
import { bytesOf, childNamed, SERVER, type Stanza, stanza } from '../wire/stanza.ts';
import { faultOfDeviceIdentity, signDeviceIdentity } from './adv.ts';
import type { Violations } from './violations.ts';

/** A client that has no account yet and shows a QR code, or waits for its pairing code. */
export interface Candidate {
  readonly keys: NewDevice;
  /** The name that the client's operator gave it, if any. */
  readonly pushName: string | null;
  /** The references of its QR codes, in the order in which it shows them. */
  readonly refs: readonly string[];
  send(node: Stanza): void;
  close(): void;
}

/** The phone's part in linking. */
export interface Linker {
  readonly account: Account;
  readonly identity: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** Why a phone could not link a client. */
export class PairingError extends Error {
  readonly code: 'not-a-qr' | 'unknown-ref' | 'wrong-keys' | 'wrong-code' | 'client-gone';

  constructor(code: PairingError['code'], detail: string) {
    super(detail);
    this.name = 'PairingError';
    this.code = code;
  }
}

export interface PairingDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly violations: Violations;
  linked(device: Device): void;
}

/** As many as the real server hands out; a client that has shown them all gives up. */
const REFS = 6;
/** A client that does not answer `pair-success` in this time is not linked. */
const ANSWER_TIMEOUT_MS = 20_000;

/** Where clients without an account wait, and where phones find them. */
export class PairingDesk {
  readonly #deps: PairingDeps;
  readonly #candidates = new Set<Candidate>();
  readonly #answers = new Map<string, (answer: Stanza | null) => void>();

  constructor(deps: PairingDeps) {
    this.#deps = deps;
  }

  /** Lets a client in and gives it QR references. Null when its signed pre-key is not its own. */
  admit(
    data: proto.ClientPayload.IDevicePairingRegistrationData,
    hello: { readonly clientKey: Uint8Array; readonly pushName: string | null },
    line: Pick<Candidate, 'send' | 'close'>,
  ): Candidate | null {
    const keys = readRegistration(data, hello.clientKey);
    if (typeof keys === 'string') {
      this.#deps.violations.report('pre-key-signature', null, keys);
      return null;
    }
    const { random } = this.#deps;
    const refs = Array.from({ length: REFS }, () => newRef(random));
    const candidate: Candidate = { keys, pushName: hello.pushName, refs, ...line };
    this.#candidates.add(candidate);
    line.send(
      stanza('iq', { from: SERVER, type: 'set', xmlns: 'md', id: newId(random) }, [
        stanza(
          'pair-device',
          {},
          refs.map((ref) => stanza('ref', {}, Buffer.from(ref, 'utf8'))),
        ),
      ]),
    );
    return candidate;
  }

  /** The client is gone. */
  dismiss(candidate: Candidate): void {
    this.#candidates.delete(candidate);
  }

  waiting(): Candidate[] {
    return [...this.#candidates];
  }

  findByRef(ref: string): Candidate | null {
    return this.waiting().find((candidate) => candidate.refs.includes(ref)) ?? null;
  }

  /** The client answered an iq of ours. Gives false when nobody asked. */
  answered(node: Stanza): boolean {
    const take = this.#answers.get(node.attrs['id'] ?? '');
    take?.(node);
    return take !== undefined;
  }

  /**
   * Signs the client in as a new device of the phone's account, and makes it reconnect (515).
   * Rejects with `PairingError` when the client does not answer.
   */
  async link(candidate: Candidate, phone: Linker, advSecret: Uint8Array): Promise<Device> {
    const { clock, random } = this.#deps;
    const { account } = phone;
    const id = nextDeviceId(account);
    const { details, sealed } = signDeviceIdentity(
      {
        rawId: Math.floor(random.next() * 2 ** 31),
        timestampS: Math.floor(clock.now() / 1000),
        keyIndex: id,
      },
      phone,
      candidate.keys.identity,
      advSecret,
    );
    const answer = await this.#ask(candidate, [
      stanza('pair-success', {}, [
        stanza('device-identity', {}, sealed),
        stanza('device', {
          jid: accountJid(account, 'pn', id),
          lid: accountJid(account, 'lid', id),
        }),
        stanza('platform', { name: 'android' }),
        ...(account.business ? [stanza('biz', { name: account.name })] : []),
      ]),
    ]);
    this.#checkAnswer(answer, phone, candidate, details);
    const device = linkDevice(account, candidate.keys, clock.now());
    this.dismiss(candidate);
    candidate.send(stanza('stream:error', { code: '515' }));
    candidate.close();
    this.#deps.linked(device);
    return device;
  }

  #checkAnswer(answer: Stanza, phone: Linker, candidate: Candidate, details: Uint8Array): void {
    const encoded = bytesOf(childNamed(childNamed(answer, 'pair-device-sign'), 'device-identity'));
    const fault =
      faultOfDeviceIdentity(encoded, {
        phoneIdentity: phone.identity,
        companionIdentity: candidate.keys.identity,
      }) ?? faultOfDetails(encoded, details);
    if (fault === null) return;
    this.#deps.violations.report('adv-signature', null, fault);
    throw new PairingError('wrong-keys', fault);
  }

  #ask(candidate: Candidate, content: readonly Stanza[]): Promise<Stanza> {
    const id = newId(this.#deps.random);
    return new Promise((resolve, reject) => {
      const finish = (answer: Stanza | null) => {
        timer.cancel();
        this.#answers.delete(id);
        if (answer) resolve(answer);
        else reject(new PairingError('client-gone', 'the client did not answer pair-success'));
      };
      const timer = this.#deps.clock.after(ANSWER_TIMEOUT_MS, () => finish(null));
      this.#answers.set(id, finish);
      candidate.send(stanza('iq', { from: SERVER, type: 'set', id }, content));
    });
  }
}

function faultOfDetails(encoded: Uint8Array, expected: Uint8Array): string | null {
  const { details } = proto.ADVSignedDeviceIdentity.decode(encoded);
  return Buffer.from(details ?? []).equals(expected)
    ? null
    : 'the client signed other details than the phone did';
}

function readRegistration(
  data: proto.ClientPayload.IDevicePairingRegistrationData,
  noiseKey: Uint8Array,
): NewDevice | string {
  const { eRegid, eIdent, eSkeyId, eSkeyVal, eSkeySig, deviceProps } = data;
  if (!eRegid || !eIdent || !eSkeyId || !eSkeyVal || !eSkeySig) {
    return 'the registration lacks keys';
  }
  if (!verify(eIdent, typed(eSkeyVal), eSkeySig)) {
    return "the signed pre-key is not signed by the client's identity";
  }
  return {
    platform: platformOf(deviceProps ?? new Uint8Array(0)),
    noiseKey,
    identity: eIdent,
    registrationId: Buffer.from(eRegid).readUIntBE(0, eRegid.length),
    signedPreKey: {
      id: Buffer.from(eSkeyId).readUIntBE(0, eSkeyId.length),
      publicKey: eSkeyVal,
      signature: eSkeySig,
    },
  };
}

function platformOf(encoded: Uint8Array): string {
  const { os, platformType } = proto.DeviceProps.decode(encoded);
  const browser = proto.DeviceProps.PlatformType[platformType ?? 0] ?? 'UNKNOWN';
  return `${browser[0]}${browser.slice(1).toLowerCase()} (${os ?? 'unknown'})`;
}

function newRef(random: Random): string {
  return `2@${Buffer.from(random.bytes(32)).toString('base64')}`;
}

function newId(random: Random): string {
  return String(Math.floor(random.next() * 2 ** 32));
}
