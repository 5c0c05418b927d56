import { describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { type BaileysPeer, createBaileysPeer } from './baileys-peer.ts';
import { createSignalParty } from './party.ts';
import type { SignalParty } from './port.ts';

const OURS = '15550001@s.whatsapp.net';
const THEIRS = '15550002:3@s.whatsapp.net';
const GROUP = '12036301@g.us';

const bytes = (text: string) => Buffer.from(text, 'utf8');
const text = (plain: Uint8Array) => Buffer.from(plain).toString('utf8');

// libsignal prints the sessions it closes, keys included.
vi.spyOn(console, 'info').mockImplementation(() => undefined);
vi.spyOn(console, 'warn').mockImplementation(() => undefined);

function pair(preKeyCount = 10): { ours: SignalParty; theirs: BaileysPeer } {
  return {
    ours: createSignalParty({ random: seededRandom(5), preKeyCount }),
    theirs: createBaileysPeer(),
  };
}

async function theyRead(theirs: BaileysPeer, ours: SignalParty, words: string): Promise<string> {
  const { type, ciphertext } = await ours.encrypt(THEIRS, bytes(words));
  const plain = await theirs.repository.decryptMessage({
    jid: OURS,
    type,
    ciphertext: Buffer.from(ciphertext),
  });
  return `${type} ${text(plain)}`;
}

async function weRead(theirs: BaileysPeer, ours: SignalParty, words: string): Promise<string> {
  const message = await theirs.repository.encryptMessage({ jid: OURS, data: bytes(words) });
  return `${message.type} ${text(await ours.decrypt(THEIRS, message))}`;
}

describe('with the Signal repository of Baileys', () => {
  it('starts a session towards it and ratchets to and fro', async () => {
    const { ours, theirs } = pair();
    await ours.startSession(THEIRS, theirs.bundle(11));
    expect(await theyRead(theirs, ours, 'a')).toBe('pkmsg a');
    expect(await theyRead(theirs, ours, 'b')).toBe('pkmsg b');
    for (const turn of ['c', 'd', 'e']) {
      expect(await weRead(theirs, ours, turn)).toBe(`msg ${turn}`);
      expect(await theyRead(theirs, ours, turn)).toBe(`msg ${turn}`);
    }
  });

  it('is reached by it, with and without a one-time key', async () => {
    for (const preKeyCount of [1, 0]) {
      const { ours, theirs } = pair(preKeyCount);
      await theirs.startSession(OURS, ours.takeBundle());
      expect(await weRead(theirs, ours, 'a')).toBe('pkmsg a');
      expect(await weRead(theirs, ours, 'b')).toBe('pkmsg b');
      expect(await theyRead(theirs, ours, 'c')).toBe('msg c');
      expect(await weRead(theirs, ours, 'd')).toBe('msg d');
    }
  });

  it('starts a session towards a bundle without a one-time key', async () => {
    const { ours, theirs } = pair();
    await ours.startSession(THEIRS, theirs.bundle(null));
    expect(await theyRead(theirs, ours, 'a')).toBe('pkmsg a');
    expect(await weRead(theirs, ours, 'b')).toBe('msg b');
  });

  it('reads messages out of order, both ways', async () => {
    const { ours, theirs } = pair();
    await ours.startSession(THEIRS, theirs.bundle(11));
    await theyRead(theirs, ours, 'a');
    const sent = await Promise.all(
      ['1', '2', '3'].map((data) =>
        theirs.repository.encryptMessage({ jid: OURS, data: bytes(data) }),
      ),
    );
    const read = await Promise.all(sent.reverse().map((message) => ours.decrypt(THEIRS, message)));
    expect(read.map(text)).toEqual(['3', '2', '1']);
    const answers = await Promise.all(['4', '5'].map((data) => ours.encrypt(THEIRS, bytes(data))));
    for (const [index, { type, ciphertext }] of [...answers.entries()].reverse()) {
      const plain = await theirs.repository.decryptMessage({
        jid: OURS,
        type,
        ciphertext: Buffer.from(ciphertext),
      });
      expect(text(plain)).toBe(['4', '5'][index]);
    }
  });

  it('goes on when either side starts the session anew', async () => {
    const { ours, theirs } = pair();
    await ours.startSession(THEIRS, theirs.bundle(11));
    await theyRead(theirs, ours, 'a');
    await weRead(theirs, ours, 'b');
    await ours.startSession(THEIRS, theirs.bundle(12));
    expect(await theyRead(theirs, ours, 'c')).toBe('pkmsg c');
    expect(await weRead(theirs, ours, 'd')).toBe('msg d');
    await theirs.startSession(OURS, ours.takeBundle());
    expect(await weRead(theirs, ours, 'e')).toBe('pkmsg e');
    expect(await theyRead(theirs, ours, 'f')).toBe('msg f');
  });

  it('goes on when both start a session at the same time', async () => {
    const { ours, theirs } = pair();
    await ours.startSession(THEIRS, theirs.bundle(11));
    await theirs.startSession(OURS, ours.takeBundle());
    const crossing = await ours.encrypt(THEIRS, bytes('a'));
    expect(await weRead(theirs, ours, 'b')).toBe('pkmsg b');
    const plain = await theirs.repository.decryptMessage({
      jid: OURS,
      type: crossing.type,
      ciphertext: Buffer.from(crossing.ciphertext),
    });
    expect(text(plain)).toBe('a');
    expect(await weRead(theirs, ours, 'c')).toMatch(/ c$/);
    expect(await theyRead(theirs, ours, 'd')).toMatch(/ d$/);
  });

  // In order towards Baileys: rc14 cannot read its own stored keys of skipped group messages.
  it('shares group messages both ways, from Baileys out of order too', async () => {
    const { ours, theirs } = pair();
    const { repository } = theirs;
    const item = {
      groupId: GROUP,
      axolotlSenderKeyDistributionMessage: Buffer.from(await ours.senderKeyDistribution(GROUP)),
    };
    await repository.processSenderKeyDistributionMessage({ item, authorJid: OURS });
    for (const words of ['1', '2']) {
      const msg = Buffer.from(await ours.encryptForGroup(GROUP, bytes(words)));
      const plain = await repository.decryptGroupMessage({ group: GROUP, authorJid: OURS, msg });
      expect(text(plain)).toBe(words);
    }

    const theirsInGroup = (words: string) =>
      repository.encryptGroupMessage({ group: GROUP, meId: THEIRS, data: bytes(words) });
    const first = await theirsInGroup('3');
    await ours.acceptSenderKey(GROUP, THEIRS, first.senderKeyDistributionMessage);
    const second = await theirsInGroup('4');
    expect(text(await ours.decryptFromGroup(GROUP, THEIRS, second.ciphertext))).toBe('4');
    expect(text(await ours.decryptFromGroup(GROUP, THEIRS, first.ciphertext))).toBe('3');
  });
});
