import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { typed, verify } from './curve.ts';
import { createSignalParty, restoreSignalParty } from './party.ts';
import { type EncryptedMessage, type SignalParty, UndecryptableError } from './port.ts';

const ALICE = '15550001@s.whatsapp.net';
const BOB = '987:2@lid';
const GROUP = '12036301@g.us';

const bytes = (text: string) => Buffer.from(text, 'utf8');
const text = (plain: Uint8Array) => Buffer.from(plain).toString('utf8');

function party(seed: number, preKeyCount?: number): SignalParty {
  return createSignalParty({
    random: seededRandom(seed),
    ...(preKeyCount === undefined ? {} : { preKeyCount }),
  });
}

async function acquainted(): Promise<{ alice: SignalParty; bob: SignalParty }> {
  const alice = party(1);
  const bob = party(2);
  await alice.startSession(BOB, bob.takeBundle());
  await bob.decrypt(ALICE, await alice.encrypt(BOB, bytes('hello')));
  await alice.decrypt(BOB, await bob.encrypt(ALICE, bytes('hello')));
  return { alice, bob };
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UndecryptableError);
  return (error as UndecryptableError).reason;
}

describe('keys', () => {
  it('are the same for the same seed, and different for another', () => {
    const keys = (seed: number) => {
      const one = party(seed);
      const bundle = one.takeBundle();
      return [one.registrationId, bundle.identity, bundle.signedPreKey.publicKey, bundle.preKey];
    };
    expect(keys(7)).toEqual(keys(7));
    expect(keys(7)).not.toEqual(keys(8));
  });

  it('take the registration id that is asked for', () => {
    const random = seededRandom(1);
    expect(createSignalParty({ random, registrationId: 4242 }).registrationId).toBe(4242);
  });

  it('sign the pre-key and messages with the identity', () => {
    const { identity, signedPreKey, sign } = bound(party(3));
    expect(verify(identity, typed(signedPreKey.publicKey), signedPreKey.signature)).toBe(true);
    expect(verify(identity, bytes('m'), sign(bytes('m')))).toBe(true);
  });

  it('hand out each one-time key once, then bundles without one', () => {
    const one = party(4, 2);
    const ids = [one.takeBundle(), one.takeBundle(), one.takeBundle()].map((b) => b.preKey?.id);
    expect(ids).toEqual([1, 2, undefined]);
  });
});

describe('sessions', () => {
  it('start with pre-key messages until the peer answers', async () => {
    const alice = party(1);
    const bob = party(2);
    await alice.startSession(BOB, bob.takeBundle());
    expect(alice.hasSession(BOB)).toBe(true);
    expect(bob.hasSession(ALICE)).toBe(false);
    const first = await alice.encrypt(BOB, bytes('one'));
    const second = await alice.encrypt(BOB, bytes('two'));
    expect([first.type, second.type]).toEqual(['pkmsg', 'pkmsg']);
    expect(text(await bob.decrypt(ALICE, second))).toBe('two');
    expect(text(await bob.decrypt(ALICE, first))).toBe('one');
    await alice.decrypt(BOB, await bob.encrypt(ALICE, bytes('reply')));
    expect((await alice.encrypt(BOB, bytes('three'))).type).toBe('msg');
  });

  it('start without a one-time key', async () => {
    const alice = party(1);
    const bob = party(2, 0);
    await alice.startSession(BOB, bob.takeBundle());
    const message = await alice.encrypt(BOB, bytes('no key'));
    expect(text(await bob.decrypt(ALICE, message))).toBe('no key');
  });

  it('refuse a bundle whose signature is wrong', async () => {
    const alice = party(1);
    const bundle = party(2).takeBundle();
    const forged = { ...bundle, identity: party(9).identity };
    await expect(alice.startSession(BOB, forged)).rejects.toThrow('not signed');
    expect(alice.hasSession(BOB)).toBe(false);
  });

  it('say why a message cannot be read', async () => {
    const { alice, bob } = await acquainted();
    const message = await alice.encrypt(BOB, bytes('once'));
    await bob.decrypt(ALICE, message);
    expect(await reasonOf(bob.decrypt(ALICE, message))).toBe('duplicate');
    const broken = Uint8Array.from(message.ciphertext);
    broken[20] = (broken[20] ?? 0) ^ 1;
    expect(await reasonOf(bob.decrypt(ALICE, { type: 'msg', ciphertext: broken }))).toBe('invalid');
    const junk: EncryptedMessage = { type: 'pkmsg', ciphertext: bytes('junk') };
    expect(await reasonOf(bob.decrypt(ALICE, junk))).toBe('invalid');
    bob.dropSession(ALICE);
    expect(await reasonOf(bob.decrypt(ALICE, message))).toBe('no-session');
    await expect(bob.encrypt(ALICE, bytes('x'))).rejects.toThrow('no session');
  });

  it('go on after a failed decryption', async () => {
    const { alice, bob } = await acquainted();
    const lost = bob.decrypt(ALICE, { type: 'msg', ciphertext: bytes('junk') });
    const kept = bob.decrypt(ALICE, await alice.encrypt(BOB, bytes('fine')));
    expect(await reasonOf(lost)).toBe('invalid');
    expect(text(await kept)).toBe('fine');
  });

  it('can be started anew by either side', async () => {
    const { alice, bob } = await acquainted();
    await alice.startSession(BOB, bob.takeBundle());
    const restarted = await alice.encrypt(BOB, bytes('again'));
    expect(restarted.type).toBe('pkmsg');
    expect(text(await bob.decrypt(ALICE, restarted))).toBe('again');
    expect(text(await alice.decrypt(BOB, await bob.encrypt(ALICE, bytes('yes'))))).toBe('yes');
  });

  it('accept a peer that was reinstalled with another identity', async () => {
    const { alice } = await acquainted();
    const reinstalled = party(22);
    await reinstalled.startSession(ALICE, alice.takeBundle());
    const message = await reinstalled.encrypt(ALICE, bytes('new phone'));
    expect(text(await alice.decrypt(BOB, message))).toBe('new phone');
    const answer = await alice.encrypt(BOB, bytes('welcome'));
    expect(text(await reinstalled.decrypt(ALICE, answer))).toBe('welcome');
  });

  it('keep phone number and LID of one person apart', async () => {
    const { alice } = await acquainted();
    expect(alice.hasSession('987:3@lid')).toBe(false);
    expect(alice.hasSession('987:2@s.whatsapp.net')).toBe(false);
  });

  it('keep the order of calls that were made at once', async () => {
    const { alice, bob } = await acquainted();
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, index) => alice.encrypt(BOB, bytes(`${index}`))),
    );
    const read = await Promise.all(sent.map((message) => bob.decrypt(ALICE, message)));
    expect(read.map(text)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`));
  });

  it('survive any interleaving of sending, loss and late arrival', async () => {
    const step = fc.record({ byAlice: fc.boolean(), late: fc.integer({ min: 0, max: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { alice, bob } = await acquainted();
        const underway: { due: number; deliver: () => Promise<void> }[] = [];
        for (const [index, { byAlice, late }] of steps.entries()) {
          const message = byAlice
            ? await alice.encrypt(BOB, bytes(`m${index}`))
            : await bob.encrypt(ALICE, bytes(`m${index}`));
          const read = () => (byAlice ? bob.decrypt(ALICE, message) : alice.decrypt(BOB, message));
          underway.push({
            due: index + late,
            deliver: async () => expect(text(await read())).toBe(`m${index}`),
          });
          for (const one of underway.filter(({ due }) => due === index)) await one.deliver();
        }
        for (const one of underway.filter(({ due }) => due >= steps.length)) await one.deliver();
      }),
      { numRuns: 15 },
    );
  });
});

describe('groups', () => {
  it('share one sender key per member', async () => {
    const alice = party(1);
    const bob = party(2);
    const distribution = await alice.senderKeyDistribution(GROUP);
    expect(await reasonOf(bob.decryptFromGroup(GROUP, ALICE, distribution))).toBe('no-session');
    await bob.acceptSenderKey(GROUP, ALICE, distribution);
    const first = await alice.encryptForGroup(GROUP, bytes('one'));
    const second = await alice.encryptForGroup(GROUP, bytes('two'));
    expect(text(await bob.decryptFromGroup(GROUP, ALICE, second))).toBe('two');
    expect(text(await bob.decryptFromGroup(GROUP, ALICE, first))).toBe('one');
    expect(await reasonOf(bob.decryptFromGroup(GROUP, ALICE, first))).toBe('duplicate');
  });

  it('let a late member read from the point of the distribution on', async () => {
    const alice = party(1);
    const late = party(3);
    const before = await alice.encryptForGroup(GROUP, bytes('before'));
    await late.acceptSenderKey(GROUP, ALICE, await alice.senderKeyDistribution(GROUP));
    const after = await alice.encryptForGroup(GROUP, bytes('after'));
    expect(text(await late.decryptFromGroup(GROUP, ALICE, after))).toBe('after');
    expect(await reasonOf(late.decryptFromGroup(GROUP, ALICE, before))).toBe('duplicate');
  });

  it('refuse a distribution that is none', async () => {
    expect(await reasonOf(party(1).acceptSenderKey(GROUP, BOB, bytes('junk')))).toBe('invalid');
  });
});

describe('snapshot', () => {
  it('brings back keys, sessions, sender keys and one-time keys still out', async () => {
    const { alice, bob } = await acquainted();
    await bob.acceptSenderKey(GROUP, ALICE, await alice.senderKeyDistribution(GROUP));
    const carol = party(3);
    await carol.startSession(BOB, bob.takeBundle());

    const restored = restoreSignalParty(bob.snapshot());
    expect(restored.signedPreKey).toEqual(bob.signedPreKey);
    expect(restored.takeBundle()).toEqual(bob.takeBundle());
    const direct = await alice.encrypt(BOB, bytes('direct'));
    const shared = await alice.encryptForGroup(GROUP, bytes('shared'));
    const first = await carol.encrypt(BOB, bytes('first'));
    expect(text(await restored.decrypt(ALICE, direct))).toBe('direct');
    expect(text(await restored.decryptFromGroup(GROUP, ALICE, shared))).toBe('shared');
    expect(text(await restored.decrypt('15550003@s.whatsapp.net', first))).toBe('first');
  });

  it('refuses what is not a snapshot', () => {
    expect(() => restoreSignalParty(bytes('{"version":9}'))).toThrow('version 9');
  });
});

function bound(one: SignalParty) {
  return {
    identity: one.identity,
    signedPreKey: one.signedPreKey,
    sign: (message: Uint8Array) => one.sign(message),
  };
}
