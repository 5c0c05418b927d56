import { proto } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { generateKeyPair, verify } from '../signal/curve.ts';
import { FrameSplitter, frame, HEADER } from './frames.ts';
import { createServerIdentity } from './identity.ts';
import { NoiseHandshake, NoiseInitiator } from './noise.ts';

const random = seededRandom(3);
const identity = createServerIdentity(random, 1_700_000_000_000);

function shakeHands() {
  const clientKey = generateKeyPair(random);
  const client = new NoiseInitiator(clientKey, generateKeyPair(random), HEADER);
  const server = new NoiseHandshake(identity, generateKeyPair(random), HEADER);
  const finish = client.finish(server.respond(client.hello()), Buffer.from('payload'));
  return { clientKey, finish, result: server.finish(finish.message) };
}

describe('the handshake', () => {
  it('proves both sides to each other and carries the payload', () => {
    const { clientKey, finish, result } = shakeHands();
    expect(Buffer.from(result.clientKey)).toEqual(Buffer.from(clientKey.publicKey));
    expect(Buffer.from(result.payload).toString()).toBe('payload');
    expect(Buffer.from(finish.serverKey)).toEqual(Buffer.from(identity.staticKey.publicKey));
  });

  it('carries a certificate chain that leads from the root to the static key', () => {
    const { leaf, intermediate } = proto.CertChain.decode(shakeHands().finish.certificateChain);
    const { Details } = proto.CertChain.NoiseCertificate;
    const none = new Uint8Array();
    const middle = Details.decode(intermediate?.details ?? none);
    const middleKey = middle.key ?? none;
    const root = Buffer.from(identity.rootKeyHex, 'hex');
    expect(verify(root, intermediate?.details ?? none, intermediate?.signature ?? none)).toBe(true);
    expect(verify(middleKey, leaf?.details ?? none, leaf?.signature ?? none)).toBe(true);
    const end = Details.decode(leaf?.details ?? none);
    expect(Buffer.from(end.key ?? none)).toEqual(Buffer.from(identity.staticKey.publicKey));
    expect(middle.issuerSerial).toBe(0);
  });

  it('fails when a byte of the last message was changed', () => {
    const clientKey = generateKeyPair(random);
    const client = new NoiseInitiator(clientKey, generateKeyPair(random), HEADER);
    const server = new NoiseHandshake(identity, generateKeyPair(random), HEADER);
    const { message } = client.finish(server.respond(client.hello()), Buffer.from('payload'));
    const spoilt = Uint8Array.from(message);
    const last = spoilt.length - 1;
    spoilt[last] = (spoilt[last] ?? 0) ^ 1;
    expect(() => server.finish(spoilt)).toThrow('does not decrypt');
  });
});

describe('the transport', () => {
  it('takes frames in order only: a repeated or lost one does not decrypt', () => {
    const { finish, result } = shakeHands();
    const [first, second] = ['one', 'two'].map((text) =>
      finish.transport.encrypt(Buffer.from(text)),
    );
    if (!first || !second) throw new Error('two frames were made');
    expect(Buffer.from(result.transport.decrypt(first)).toString()).toBe('one');
    expect(() => result.transport.decrypt(first)).toThrow('does not decrypt');
  });
});

describe('frames', () => {
  it('are found however the stream is cut, with or without routing information', () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    const routing = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null });
    const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(payloads, routing, cuts, (given, routingInfo, sizes) => {
        const intro = routingInfo
          ? [Buffer.from('ED\0\x01'), frame(routingInfo), HEADER]
          : [HEADER];
        const stream = Buffer.concat([...intro, ...given.map((payload) => frame(payload))]);
        const splitter = new FrameSplitter();
        const found: number[][] = [];
        let turn = 0;
        for (let at = 0; at < stream.length; ) {
          const size = sizes[turn++ % sizes.length] ?? 1;
          for (const one of splitter.push(stream.subarray(at, at + size))) found.push([...one]);
          at += size;
        }
        expect(found).toEqual(given.map((payload) => [...payload]));
        const seen = splitter.intro?.routingInfo;
        expect(seen ? [...seen] : null).toEqual(routingInfo ? [...routingInfo] : null);
      }),
    );
  });

  it('are refused behind a wrong header', () => {
    expect(() => new FrameSplitter().push(Buffer.from('GET / HTTP'))).toThrow('WA header');
  });
});
