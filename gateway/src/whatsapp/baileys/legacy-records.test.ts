import { BufferJSON } from 'baileys';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import { installProcessGuards, type ProcessGuards } from './process-guards.ts';
import { encodeRecord } from './record-codec.ts';
import { openDeviceStore } from './testing/device-store.ts';
import { introduce, libraryPeer, ourPeer, say, sayToGroup } from './testing/signal-peers.ts';

const OURS = '15550001:3@s.whatsapp.net';
const FRIEND = '15550002:1@s.whatsapp.net';
const GROUP = '120363000000000001@g.us';

let guards: ProcessGuards;
let device: Awaited<ReturnType<typeof openDeviceStore>>;

beforeAll(() => {
  guards = installProcessGuards(silentLogger);
});
afterAll(() => guards.remove());
beforeEach(async () => {
  device = await openDeviceStore();
});
afterEach(() => device.close());

/** What another gateway kept of a device, as the import writes it. */
async function takeOver(before: ReturnType<typeof libraryPeer>) {
  const we = ourPeer(OURS, device.store, device.key, { creds: before.creds });
  const records = [...before.stored].map(([slot, value]) => {
    const type = slot.slice(0, slot.indexOf('/'));
    const encoded =
      type === 'session'
        ? Buffer.from(JSON.stringify(value, BufferJSON.replacer))
        : encodeRecord(type, type === 'pre-key' ? revivePair(value) : value);
    return { type, id: slot.slice(type.length + 1), value: encoded };
  });
  await we.records.commit({ records });
  return we;
}

function revivePair(value: unknown) {
  const pair = value as { public: Uint8Array; private: Uint8Array };
  return { public: Buffer.from(pair.public), private: Buffer.from(pair.private) };
}

it('goes on with sessions that the JavaScript library began', async () => {
  const before = libraryPeer(OURS);
  const friend = libraryPeer(FRIEND);
  await introduce(before, friend);
  await say(before, friend, 'hello');
  for (let turn = 0; turn < 8; turn++) {
    await say(friend, before, `turn ${turn}`);
    await say(before, friend, `turn ${turn}`);
  }
  const late = await friend.repository.encryptMessage({ jid: OURS, data: Buffer.from('late') });
  await say(friend, before, 'overtakes');
  const we = await takeOver(before);
  expect(await say(we, friend, 'we moved')).toBe('we moved');
  expect(await say(friend, we, 'fine')).toBe('fine');
  const plaintext = await we.repository.decryptMessage({
    jid: FRIEND,
    type: late.type,
    ciphertext: late.ciphertext,
  });
  expect(Buffer.from(plaintext).toString()).toBe('late');
});

it('goes on with a session that was never answered', async () => {
  const before = libraryPeer(OURS);
  const friend = libraryPeer(FRIEND);
  await introduce(before, friend);
  await say(before, friend, 'hello?');
  const we = await takeOver(before);
  expect(await say(we, friend, 'still there?')).toBe('still there?');
  expect(await say(friend, we, 'yes')).toBe('yes');
});

it('reads messages of sessions that were closed before the move', async () => {
  const before = libraryPeer(OURS);
  const friend = libraryPeer(FRIEND);
  await introduce(before, friend);
  await say(before, friend, 'hello');
  await say(friend, before, 'hello back');
  const late = await friend.repository.encryptMessage({ jid: OURS, data: Buffer.from('late') });
  await introduce(before, friend);
  const we = await takeOver(before);
  const plaintext = await we.repository.decryptMessage({
    jid: FRIEND,
    type: late.type,
    ciphertext: late.ciphertext,
  });
  expect(Buffer.from(plaintext).toString()).toBe('late');
});

it('uses pre-keys and sender keys that were made before the move', async () => {
  const before = libraryPeer(OURS);
  const friend = libraryPeer(FRIEND);
  await introduce(friend, before);
  for (let turn = 0; turn < 3; turn++) {
    await sayToGroup(before, [friend], GROUP, 'ours', turn === 0);
    await sayToGroup(friend, [before], GROUP, 'theirs', turn === 0);
  }
  const we = await takeOver(before);
  expect(await say(friend, we, 'first')).toBe('first');
  expect(await sayToGroup(we, [friend], GROUP, 'ours again', false)).toEqual(['ours again']);
  expect(await sayToGroup(friend, [we], GROUP, 'theirs again', false)).toEqual(['theirs again']);
});

it('treats damaged records as absent', async () => {
  const we = ourPeer(OURS, device.store, device.key);
  await we.records.commit({
    records: [
      { type: 'session', id: '15550002.1', value: Buffer.from('{"_sessions":{"x":{}}}') },
      { type: 'sender-key', id: `${GROUP}::15550002::1`, value: Buffer.from('[{}]') },
    ],
  });
  expect(await we.repository.validateSession(FRIEND)).toMatchObject({ exists: false });
  const friend = libraryPeer(FRIEND);
  await introduce(friend, we);
  expect(await say(friend, we, 'a new start')).toBe('a new start');
  expect(await sayToGroup(friend, [we], GROUP, 'to all', true)).toEqual(['to all']);
});
