/** Faults of baileys 7.0.0-rc14 that show on a connection; see `alone.test.ts`. */
import type { PossiblyExtendedCacheStore, UserFacingSocketConfig } from 'baileys';
import { DEFAULT_CONNECTION_CONFIG } from 'baileys';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AccountHandle, createSimulator, type Simulator } from '../../simulator/src/index.ts';
import { Client } from '../simulator/support/client.ts';

let simulator: Simulator;
let owner: AccountHandle;
let friend: AccountHandle;
let client: Client;

beforeEach(async () => {
  for (const method of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation(() => undefined);
  }
  simulator = await createSimulator();
  owner = simulator.accounts.create({ name: 'Owner' });
  friend = simulator.accounts.create({ name: 'Friend' });
});

afterEach(async () => {
  await client.stop();
  await simulator.close();
  vi.restoreAllMocks();
});

async function pair(config: Partial<UserFacingSocketConfig> = {}): Promise<void> {
  client = new Client(simulator, config).start();
  const { qr } = await client.event('connection.update', ({ qr: text }) => !!text);
  await owner.phone.scan(qr ?? '');
  await client.event('connection.update', ({ connection }) => connection === 'open');
}

const passed = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('baileys 7.0.0-rc14', () => {
  it('trusts a server whose certificates lead to a root it never heard of', async () => {
    await pair();
    expect(client.jid).toContain(owner.number);
  });

  it('says nothing when the server has acknowledged a message', async () => {
    friend.phone.habits.deliveryReceipts = false;
    await pair();
    const acked = new Promise((resolve) => client.socket.ws.once('CB:ack,class:message', resolve));
    client.events.length = 0;
    await client.socket.sendMessage(friend.jid, { text: 'hello' });
    await acked;
    await friend.phone.waitForMessage(({ text }) => text === 'hello');
    await passed(300);
    expect(client.events.map(({ name }) => name)).not.toContain('messages.update');
  });

  it('reports a message as sent that went to nobody', async () => {
    await pair({ defaultQueryTimeoutMs: 3_000 });
    simulator.faults.add({ kind: 'unanswered', xmlns: 'usync' });
    await expect(
      client.socket.sendMessage(friend.jid, { text: 'into the void' }),
    ).resolves.toMatchObject({ message: expect.anything() });
    await friend.phone.settled();
    expect(friend.phone.inbox).toEqual([]);
  });

  it('waits for ever when the WebSocket is refused', async () => {
    simulator.faults.add({ kind: 'refuse-upgrade', status: 503 });
    client = new Client(simulator, { connectTimeoutMs: 200 }).start();
    await new Promise((resolve) => client.socket.ws.once('unexpected-response', resolve));
    await passed(1_000);
    const updates = client.events.filter(({ name }) => name === 'connection.update');
    expect(updates.map(({ payload }) => payload)).not.toContainEqual(
      expect.objectContaining({ connection: 'close' }),
    );
    simulator.drop();
  });

  it('throws good sessions away whenever its list of devices is forgotten', async () => {
    const lists = new Map<string, unknown>();
    let started = 0;
    await pair({
      userDevicesCache: forgetful(lists),
      makeSignalRepository: (...args) => {
        const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(...args);
        const inject = repository.injectE2ESession.bind(repository);
        repository.injectE2ESession = (input) => {
          started++;
          return inject(input);
        };
        return repository;
      },
    });
    await client.socket.sendMessage(friend.jid, { text: 'first' });
    const before = started;
    await client.socket.sendMessage(friend.jid, { text: 'second' });
    expect(started).toBe(before);
    lists.clear();
    await client.socket.sendMessage(friend.jid, { text: 'third' });
    expect(started).toBeGreaterThan(before);
  });
});

/** The library's own cache forgets after five minutes; this one when it is told to. */
function forgetful(lists: Map<string, unknown>): PossiblyExtendedCacheStore {
  return {
    get: (key) => lists.get(key) as never,
    set: (key, value) => void lists.set(key, value),
    del: (key) => void lists.delete(key),
    flushAll: () => lists.clear(),
  };
}
