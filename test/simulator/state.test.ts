import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  appStateChanges,
  createSimulator,
  fetchMedia,
  mediaOf,
  type Simulator,
} from '../../simulator/src/index.ts';
import { Client } from './support/client.ts';

describe('a simulator that keeps its state', () => {
  let stateDir = '';
  const simulators: Simulator[] = [];
  const clients: Client[] = [];

  beforeEach(async () => {
    // The Signal library prints whole sessions, private keys included.
    for (const method of ['info', 'warn', 'error'] as const) {
      vi.spyOn(console, method).mockImplementation(() => undefined);
    }
    stateDir = await mkdtemp(join(tmpdir(), 'simulator-state-'));
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.stop();
    for (const simulator of simulators.splice(0)) await simulator.close();
    await rm(stateDir, { recursive: true });
    vi.restoreAllMocks();
  });

  async function start(seed = 5): Promise<Simulator> {
    const simulator = await createSimulator({ stateDir, seed });
    simulators.push(simulator);
    return simulator;
  }

  function connect(simulator: Simulator, from?: Client): Client {
    const client = new Client(simulator, {}, from?.state).start();
    clients.push(client);
    return client;
  }

  it('finds people, chats, groups, devices, settings and files again after a restart', async () => {
    const before = await start();
    const shop = before.accounts.create({ name: 'Shop' });
    const ann = before.accounts.create({ name: 'Ann' });
    shop.changeSetting(appStateChanges.contact(ann.jid, { fullName: 'Ann E.' }, Date.now()));
    const client = connect(before);
    await shop.phone.scan(await client.qr());
    await client.open();
    const group = before.groups.create(ann, 'Friends', [shop]);
    await client.event('groups.upsert', (all) => all.some(({ id }) => id === group.jid));
    await client.socket.sendMessage(group.jid, { text: 'hello group' });
    await ann.phone.waitForMessage(({ text }) => text === 'hello group');
    const bytes = Buffer.from('a picture');
    await ann.phone.send(shop.jid, { type: 'image', media: { bytes } });
    await client.message(({ message }) => Boolean(message?.imageMessage));
    await client.stop();
    await ann.phone.send(shop.jid, 'while you were out');
    await before.close();

    const after = await start();
    expect(after.rootKeyHex).toBe(before.rootKeyHex);
    expect(after.mediaCaPem).toBe(before.mediaCaPem);
    const sameAnn = after.accounts.find(ann.number);
    const sameShop = after.accounts.find(shop.number);
    expect(sameShop?.devices).toHaveLength(1);
    expect(sameAnn?.phone.inbox.map(({ text }) => text)).toEqual(['hello group']);
    expect(after.groups.find(group.jid)?.subject).toBe('Friends');
    const picture = sameShop?.phone.inbox.find(({ content }) => content.type === 'image');
    const media = picture && mediaOf(picture.content);
    expect(media && Buffer.from(fetchMedia(media, after.media))).toEqual(bytes);

    const again = connect(after, client);
    await again.text('while you were out');
    // The sessions of both sides go on: nothing has to be repaired.
    await again.socket.sendMessage(ann.jid, { text: 'back again' });
    await sameAnn?.phone.waitForMessage(({ text }) => text === 'back again');
    await sameAnn?.phone.send(group.jid, 'welcome back');
    await again.text('welcome back');
    await again.socket.sendMessage(group.jid, { text: 'thank you' });
    await sameAnn?.phone.waitForMessage(({ text }) => text === 'thank you');
    sameShop?.changeSetting(appStateChanges.archive(ann.jid, true, Date.now()));
    await again.event('chats.update', (all) => all.some(({ archived }) => archived === true));
    expect(after.accounts.create().number).not.toBe(shop.number);
    after.violations.assertNone();
  });

  it('is saved soon after a change, not only when it closes', async () => {
    const before = await start();
    before.accounts.create({ name: 'Ann' });
    await expect
      .poll(() => readFile(join(stateDir, 'world.json'), 'utf8').catch(() => ''))
      .toContain('"Ann"');
    await before.close();
  });

  it('refuses a folder that was made with another seed', async () => {
    await (await start(5)).close();
    await expect(start(6)).rejects.toThrow('seed 5');
  });
});
