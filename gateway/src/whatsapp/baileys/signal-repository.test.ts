import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from './notices/unreadable.ts';
import { StorageFailure } from './records.ts';
import { FaultyStore, openDeviceStore } from './testing/device-store.ts';
import { introduce, ourPeer, say, sayToGroup } from './testing/signal-peers.ts';

const OURS = '15550001:3@s.whatsapp.net';
const FRIEND = '15550002@s.whatsapp.net';
const FRIEND_LID = '987654321@lid';
const GROUP = '120363000000000001@g.us';

let device: Awaited<ReturnType<typeof openDeviceStore>>;
let other: Awaited<ReturnType<typeof openDeviceStore>>;
let store: FaultyStore;

beforeEach(async () => {
  [device, other] = await Promise.all([openDeviceStore(), openDeviceStore()]);
  store = new FaultyStore(device.store);
});
afterEach(() => Promise.all([device.close(), other.close()]));

const draft = { receivedAtMs: 1, stanza: Uint8Array.of(1), encIndex: 0 };

/** A device that journals all it decrypts, and a friend it has talked with. */
async function acquainted(
  onFailure?: () => void,
  unreadable: (error: unknown) => void = () => undefined,
) {
  const committed: (number | null)[] = [];
  const we = ourPeer(OURS, store, device.key, {
    ...(onFailure ? { onFailure } : {}),
    desk: {
      unreadable: (_ciphertext, error) => unreadable(error),
      inspect: (_ciphertext, plaintext) => ({
        journal: { ...draft, plaintext },
        records: [],
        senderKey: null,
        isComplete: false,
      }),
      committed: (_ciphertext, id) => committed.push(id),
    },
  });
  const friend = ourPeer(FRIEND, other.store, other.key);
  await introduce(we, friend);
  await say(we, friend, 'hello');
  await say(friend, we, 'hello back');
  return { we, friend, committed };
}

/** The same device on the next connection: after a failure the last one refuses everything. */
function nextLife(we: ReturnType<typeof ourPeer>): ReturnType<typeof ourPeer> {
  return ourPeer(OURS, store, device.key, { creds: we.creds });
}

describe('persist before telling', () => {
  it('commits ratchet and journal row in one transaction before it returns a plaintext', async () => {
    const { we, friend, committed } = await acquainted();
    const before = store.committed.length;
    expect(await say(friend, we, 'news')).toBe('news');
    expect(store.committed).toHaveLength(before + 1);
    const change = store.committed.at(-1);
    expect(change?.records?.map(({ type }) => type)).toEqual(['session']);
    expect(Buffer.from(change?.journal?.plaintext ?? []).toString()).toBe('news');
    expect(committed.at(-1)).toEqual(expect.any(Number));
  });

  it('returns nothing, and can decrypt again, when the commit fails', async () => {
    let failures = 0;
    const { we, friend } = await acquainted(() => failures++);
    const { type, ciphertext } = await friend.repository.encryptMessage({
      jid: OURS,
      data: Buffer.from('precious'),
    });
    const input = { jid: FRIEND, type, ciphertext };
    store.failAt = store.commits + 1;
    await expect(we.repository.decryptMessage(input)).rejects.toBeInstanceOf(StorageFailure);
    expect(failures).toBe(1);
    const plaintext = await nextLife(we).repository.decryptMessage(input);
    expect(Buffer.from(plaintext).toString()).toBe('precious');
  });

  it('lets no ciphertext leave whose message key it would use again', async () => {
    const { we, friend } = await acquainted();
    const encrypt = (by: typeof we, text: string) =>
      by.repository.encryptMessage({ jid: FRIEND, data: Buffer.from(text) });
    store.failAt = store.commits + 1;
    await encrypt(we, 'lost');
    await expect(we.records.unwritten()).rejects.toBeInstanceOf(StorageFailure);
    const { type, ciphertext } = await encrypt(nextLife(we), 'sent');
    const plaintext = await friend.repository.decryptMessage({ jid: OURS, type, ciphertext });
    expect(Buffer.from(plaintext).toString()).toBe('sent');
  });

  it('keeps the one-time key of a first message that it could not store', async () => {
    const we = ourPeer(OURS, store, device.key);
    const friend = ourPeer(FRIEND, other.store, other.key);
    await introduce(friend, we);
    const { type, ciphertext } = await friend.repository.encryptMessage({
      jid: OURS,
      data: Buffer.from('first'),
    });
    const input = { jid: FRIEND, type, ciphertext };
    store.failAt = store.commits + 1;
    await expect(we.repository.decryptMessage(input)).rejects.toBeInstanceOf(StorageFailure);
    const plaintext = await nextLife(we).repository.decryptMessage(input);
    expect(Buffer.from(plaintext).toString()).toBe('first');
    const last = store.committed.at(-1)?.records ?? [];
    expect(last.map(({ type: kind, value }) => [kind, value === null])).toEqual([
      ['session', false],
      ['pre-key', true],
    ]);
  });

  it('answers a message it had before with nothing new, so that it is confirmed', async () => {
    const { we, friend } = await acquainted();
    const { type, ciphertext } = await friend.repository.encryptMessage({
      jid: OURS,
      data: Buffer.from('once'),
    });
    const input = { jid: FRIEND, type, ciphertext };
    await we.repository.decryptMessage(input);
    const commits = store.commits;
    expect([...(await we.repository.decryptMessage(input))]).toEqual([1]);
    expect(store.commits).toBe(commits);
  });

  it('keeps a sender key in the transaction of the message it came with', async () => {
    const friend = ourPeer(FRIEND, other.store, other.key);
    const { senderKeyDistributionMessage, ciphertext } =
      await friend.repository.encryptGroupMessage({
        group: GROUP,
        meId: FRIEND,
        data: Buffer.from('to all'),
      });
    const senderKey = {
      group: GROUP,
      author: FRIEND,
      distribution: senderKeyDistributionMessage,
    };
    // Also for the group message: one that hands out its own key must not hold us up.
    const we = ourPeer(OURS, store, device.key, {
      desk: { inspect: () => ({ journal: null, records: [], senderKey, isComplete: true }) },
    });
    await introduce(friend, we);
    await say(friend, we, 'a key');
    expect(store.committed.at(-1)?.records?.map(({ type }) => type)).toEqual([
      'session',
      'sender-key',
      'pre-key',
      'sender-key-start',
    ]);
    const plaintext = await we.repository.decryptGroupMessage({
      group: GROUP,
      authorJid: FRIEND,
      msg: ciphertext,
    });
    expect(Buffer.from(plaintext).toString()).toBe('to all');
  });

  it('does not take a group message from before its key for one it had', async () => {
    const { we, friend } = await acquainted();
    const group = '120363000000000001@g.us';
    const send = (text: string) =>
      friend.repository.encryptGroupMessage({ group, meId: FRIEND, data: Buffer.from(text) });
    const receive = (msg: Uint8Array) =>
      we.repository.decryptGroupMessage({ group, authorJid: FRIEND, msg });
    const missed = await send('before we had the key');
    const { ciphertext, senderKeyDistributionMessage } = await send('with the key');
    await we.repository.processSenderKeyDistributionMessage({
      item: { groupId: group, axolotlSenderKeyDistributionMessage: senderKeyDistributionMessage },
      authorJid: FRIEND,
    });
    await expect(receive(missed.ciphertext)).rejects.toMatchObject({ duplicate: true });
    expect(Buffer.from(await receive(ciphertext)).toString()).toBe('with the key');
    expect(await receive(ciphertext)).toEqual(Uint8Array.of(1));
  });

  it('reports what cannot be read as an error with a text', async () => {
    const { we } = await acquainted();
    await expect(
      we.repository.decryptMessage({
        jid: '15550077@s.whatsapp.net',
        type: 'msg',
        ciphertext: Uint8Array.of(0x33, 1, 2, 3),
      }),
    ).rejects.toMatchObject({ message: expect.any(String), duplicate: false });
  });

  it('tells what it has no key for from what does not fit', async () => {
    const heard: unknown[] = [];
    const { we, friend } = await acquainted(undefined, (error) => heard.push(failureOf(error)));
    const { type, ciphertext } = await friend.repository.encryptMessage({
      jid: OURS,
      data: Buffer.from('hello'),
    });
    const receive = (jid: string, bytes: Uint8Array) =>
      we.repository.decryptMessage({ jid, type, ciphertext: bytes }).catch(() => undefined);
    await receive('15550077@s.whatsapp.net', ciphertext);
    await receive(
      FRIEND,
      ciphertext.map((byte, at) => (at === ciphertext.length - 1 ? byte ^ 1 : byte)),
    );
    const sent = await friend.repository.encryptGroupMessage({
      group: GROUP,
      meId: FRIEND,
      data: Buffer.from('to all'),
    });
    const inGroup = { group: GROUP, authorJid: FRIEND, msg: sent.ciphertext };
    await we.repository.decryptGroupMessage(inGroup).catch(() => undefined);
    expect(heard).toEqual(['no_session', 'undecryptable', 'no_session']);
  });
});

describe('where sessions are filed', () => {
  it('moves them under the LID once it is known, and finds them by either address', async () => {
    const { we, friend } = await acquainted();
    await we.mapping.storeLIDPNMappings([{ pn: FRIEND, lid: FRIEND_LID }]);
    expect(await we.repository.migrateSession(FRIEND, FRIEND_LID)).toMatchObject({ migrated: 1 });
    expect(await we.repository.validateSession(FRIEND)).toEqual({ exists: true });
    expect(await we.repository.validateSession(FRIEND_LID)).toEqual({ exists: true });
    expect(await say(we, friend, 'by number')).toBe('by number');
    const { type, ciphertext } = await friend.repository.encryptMessage({
      jid: OURS,
      data: Buffer.from('by lid'),
    });
    const plaintext = await we.repository.decryptMessage({ jid: FRIEND_LID, type, ciphertext });
    expect(Buffer.from(plaintext).toString()).toBe('by lid');
  });

  it('keeps both sessions readable when a person has one under each address', async () => {
    const { we, friend } = await acquainted();
    const late = await friend.repository.encryptMessage({ jid: OURS, data: Buffer.from('late') });
    const asLid = ourPeer(FRIEND_LID, other.store, other.key, { creds: friend.creds });
    await introduce(we, asLid);
    await we.mapping.storeLIDPNMappings([{ pn: FRIEND, lid: FRIEND_LID }]);
    expect(await we.repository.migrateSession(FRIEND, FRIEND_LID)).toMatchObject({ migrated: 1 });
    const plaintext = await we.repository.decryptMessage({ jid: FRIEND, ...late });
    expect(Buffer.from(plaintext).toString()).toBe('late');
    expect(await say(we, asLid, 'on the new one')).toBe('on the new one');
  });

  it('moves a session on first use when nobody asked for it', async () => {
    const { we, friend } = await acquainted();
    store.delay = () => new Promise((resolve) => setImmediate(resolve));
    await we.mapping.storeLIDPNMappings([{ pn: FRIEND, lid: FRIEND_LID }]);
    const heard = await Promise.all([
      ...['a', 'b', 'c'].map((text) => say(we, friend, text)),
      we.repository.migrateSession(FRIEND, FRIEND_LID).then(() => say(we, friend, 'd')),
    ]);
    expect(heard).toEqual(['a', 'b', 'c', 'd']);
    expect(await we.repository.validateSession(FRIEND_LID)).toEqual({ exists: true });
  });

  it('deletes a session under both addresses', async () => {
    const { we } = await acquainted();
    await we.mapping.storeLIDPNMappings([{ pn: FRIEND, lid: FRIEND_LID }]);
    await we.repository.migrateSession(FRIEND, FRIEND_LID);
    await we.repository.drop([we.repository.jidToSignalProtocolAddress(FRIEND)]);
    expect(await we.repository.validateSession(FRIEND_LID)).toMatchObject({ exists: false });
  });

  it('tells two sessions with one peer apart', async () => {
    const { we, friend } = await acquainted();
    const first = await we.repository.getSessionInfo(FRIEND);
    expect(first?.registrationId).toBe(friend.creds.registrationId);
    expect(first?.baseKey).toHaveLength(33);
    await introduce(we, friend);
    const second = await we.repository.getSessionInfo(FRIEND);
    expect(Buffer.from(second?.baseKey ?? []).equals(Buffer.from(first?.baseKey ?? []))).toBe(
      false,
    );
    expect(await we.repository.getSessionInfo('15550077@s.whatsapp.net')).toBeNull();
  });
});

it('keeps sender keys small however much is sent', async () => {
  const we = ourPeer(OURS, store, device.key);
  const friend = ourPeer(FRIEND, other.store, other.key);
  const size = async () => {
    const stored = await we.records.readAll('sender-key', [`${GROUP}::15550001::3`]);
    return [...stored.values()][0]?.length ?? 0;
  };
  await sayToGroup(we, [friend], GROUP, 'first', true);
  const before = await size();
  for (let turn = 0; turn < 50; turn++) await sayToGroup(we, [friend], GROUP, 'more', false);
  expect(await size()).toBeLessThanOrEqual(before + 2);
  expect(await we.repository.hasSenderKey({ group: GROUP, meId: OURS })).toBe(true);
});

it('keeps sessions small over many turns', async () => {
  const { we, friend } = await acquainted();
  for (let turn = 0; turn < 60; turn++) {
    await say(we, friend, 'ping');
    await say(friend, we, 'pong');
  }
  const stored = await we.records.read('session', '15550002.0');
  expect(stored?.length).toBeLessThan(2_000);
});
