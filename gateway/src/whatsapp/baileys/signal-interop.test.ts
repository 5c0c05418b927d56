import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import { installProcessGuards, type ProcessGuards } from './process-guards.ts';
import { FaultyStore, openDeviceStore } from './testing/device-store.ts';
import {
  introduce,
  libraryPeer,
  ourPeer,
  type Peer,
  say,
  sayToGroup,
} from './testing/signal-peers.ts';

const OURS = '15550001:3@s.whatsapp.net';
const THEIRS = '15550002:1@s.whatsapp.net';
const GROUP = '120363000000000001@g.us';

let guards: ProcessGuards;
let device: Awaited<ReturnType<typeof openDeviceStore>>;
let store: FaultyStore;

beforeAll(() => {
  guards = installProcessGuards(silentLogger);
});
afterAll(() => guards.remove());
beforeEach(async () => {
  device = await openDeviceStore();
  store = new FaultyStore(device.store);
});
afterEach(() => device.close());

describe('with an unmodified client of the JavaScript library', () => {
  it('talks both ways, whoever begins', async () => {
    for (const weBegin of [true, false]) {
      const we = ourPeer(OURS, store, device.key);
      const they = libraryPeer(weBegin ? THEIRS : '15550003:1@s.whatsapp.net');
      await (weBegin ? introduce(we, they) : introduce(they, we));
      const [first, second]: [Peer, Peer] = weBegin ? [we, they] : [they, we];
      expect(await say(first, second, 'hello')).toBe('hello');
      for (let turn = 0; turn < 20; turn++) {
        expect(await say(second, first, `answer ${turn}`)).toBe(`answer ${turn}`);
        expect(await say(first, second, `and ${turn}`)).toBe(`and ${turn}`);
      }
    }
  });

  it('reads messages that arrive out of order', async () => {
    const we = ourPeer(OURS, store, device.key);
    const they = libraryPeer(THEIRS);
    await introduce(we, they);
    await say(we, they, 'hello');
    await say(they, we, 'hello back');
    const sent = [];
    for (const text of ['1', '2', '3', '4']) {
      sent.push(await they.repository.encryptMessage({ jid: we.jid, data: Buffer.from(text) }));
    }
    const heard: string[] = [];
    for (const { type, ciphertext } of sent.reverse()) {
      const plaintext = await we.repository.decryptMessage({ jid: they.jid, type, ciphertext });
      heard.push(Buffer.from(plaintext).toString());
    }
    expect(heard).toEqual(['4', '3', '2', '1']);
  });

  it('talks in a group, both ways', async () => {
    const we = ourPeer(OURS, store, device.key);
    const they = libraryPeer(THEIRS);
    for (let turn = 0; turn < 10; turn++) {
      expect(await sayToGroup(we, [they], GROUP, `ours ${turn}`, turn === 0)).toEqual([
        `ours ${turn}`,
      ]);
      expect(await sayToGroup(they, [we], GROUP, `theirs ${turn}`, turn === 0)).toEqual([
        `theirs ${turn}`,
      ]);
    }
  });

  it('loses nothing when sending and receiving overlap on a slow disk', async () => {
    store.delay = () => new Promise((resolve) => setImmediate(resolve));
    const we = ourPeer(OURS, store, device.key);
    const they = libraryPeer(THEIRS);
    await introduce(we, they);
    await say(we, they, 'hello');
    await say(they, we, 'hello back');
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) => [
        say(we, they, `out ${index}`),
        say(they, we, `in ${index}`),
      ]).flat(),
    );
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
  });

  it('gives a peer that lost its session a new one', async () => {
    const we = ourPeer(OURS, store, device.key);
    const they = libraryPeer(THEIRS);
    await introduce(we, they);
    await say(we, they, 'hello');
    await say(they, we, 'hello back');
    const reinstalled = libraryPeer(THEIRS);
    await introduce(reinstalled, we);
    expect(await say(reinstalled, we, 'it is me again')).toBe('it is me again');
    expect(await say(we, reinstalled, 'welcome back')).toBe('welcome back');
  });

  it('refuses a bundle whose signature is wrong', async () => {
    const we = ourPeer(OURS, store, device.key);
    const bundle = await libraryPeer(THEIRS).bundle();
    const forged = {
      ...bundle,
      signedPreKey: { ...bundle.signedPreKey, signature: Buffer.alloc(64, 7) },
    };
    await expect(we.repository.injectE2ESession({ jid: THEIRS, session: forged })).rejects.toThrow(
      /signature/,
    );
    expect(await we.repository.validateSession(THEIRS)).toMatchObject({ exists: false });
  });
});
