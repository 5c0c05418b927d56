import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';

const FRIENDS = 4;
const MESSAGES_EACH = 500;
const LIVE = 20;
/** Chunks that are there at once; the next one does not arrive before the service is killed. */
const AT_ONCE = 5;
const HELD_MS = 3_600_000;

/** A phone hands over two thousand messages while people write, and the service is killed meanwhile. */
describe('the history of a number', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let shop: AccountHandle;
  let friends: AccountHandle[];

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 43 });
    shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    shop.phone.habits.historyChunk = 10;
    shop.phone.habits.historyPerChat = MESSAGES_EACH;
    friends = Array.from({ length: FRIENDS }, (_, i) =>
      simulator.accounts.create({ phone: `551188888880${i}`, name: `Friend ${i}` }),
    );
    for (const friend of friends) {
      for (let i = 0; i < MESSAGES_EACH; i++) await friend.phone.send(shop.jid, `past ${i}`);
      await shop.phone.waitForMessage(
        ({ text, sender }) => text === `past ${MESSAGES_EACH - 1}` && sender === friend.jid,
      );
    }
    simulator.media.fail({ kind: 'slow', times: AT_ONCE, delayMs: 0 });
    simulator.media.fail({ kind: 'slow', times: 1, delayMs: HELD_MS });
    gateway = await GatewayProcess.prepare(simulator, { HISTORY_SYNC: '30' });
    await gateway.start();
    const { body } = await gateway.call('POST', '/sessions/shop/start');
    await shop.phone.scan(String(body['qr']));
    await gateway.waitForStatus('shop', 'open');
  });

  afterAll(async () => {
    await gateway.dispose();
    await simulator.close();
  });

  interface Told {
    readonly event: string;
    readonly data: Readonly<Record<string, unknown>>;
  }

  /** All events of these names so far, oldest first. */
  async function events(names: string): Promise<Told[]> {
    const found: Told[] = [];
    for (let after = ''; ; ) {
      const { body } = await gateway.call('GET', `/events?event=${names}&limit=200${after}`);
      const page = body['events'] as Told[];
      found.push(...page);
      if (page.length < 200) return found;
      after = `&after=${body['next'] as string}`;
    }
  }

  async function texts(chat: string): Promise<string[]> {
    const found: string[] = [];
    let before = '';
    do {
      const path = `/sessions/shop/chats/${encodeURIComponent(chat)}/messages?limit=200${before}`;
      const { body } = await gateway.call('GET', path);
      found.push(...(body['items'] as { text: string }[]).map(({ text }) => text));
      const next = body['next'] as string | null;
      before = next === null ? '' : `&before=${next}`;
    } while (before !== '');
    return found;
  }

  const live = (event: Told) => event.data['text'] as string;

  it('lets live messages overtake it, and outlives the service', async () => {
    const [john] = friends;
    const chunks = async () => (await events('history.progress')).length;
    await expect.poll(chunks).toBeGreaterThanOrEqual(AT_ONCE);
    for (let i = 0; i < LIVE; i++) await john?.phone.send(shop.jid, `live ${i}`);
    const expected = Array.from({ length: LIVE }, (_, i) => `live ${i}`);
    await expect.poll(async () => (await events('message.received')).map(live)).toEqual(expected);
    await gateway.end('SIGKILL');

    await gateway.start();
    await gateway.waitForStatus('shop', 'open');
    const past = Array.from({ length: MESSAGES_EACH }, (_, i) => `past ${i}`).reverse();
    for (const friend of friends) {
      const all = friend === john ? [...expected.toReversed(), ...past] : past;
      await expect.poll(async () => texts(friend.jid), { interval: 500 }).toEqual(all);
    }
    const log = (await events('history.progress,message.received')).map(({ event }) => event);
    expect(log.filter((event) => event === 'message.received')).toHaveLength(LIVE);
    const behindLive = log.slice(log.lastIndexOf('message.received') + 1);
    expect(behindLive.length).toBeGreaterThan(log.length / 2);
  });

  it('counts what was kept, and marks it', async () => {
    const progress = await events('history.progress');
    const kept = progress.map(({ data }) => Number(data['messages']));
    const total = kept.reduce((sum, count) => sum + count, 0);
    // A chunk that a kill interrupted tells of what was left of it.
    expect(total).toBeGreaterThan(FRIENDS * MESSAGES_EACH - 60);
    expect(total).toBeLessThanOrEqual(FRIENDS * MESSAGES_EACH);
    const { body } = await gateway.call('GET', '/sessions/shop/chats');
    const chats = body['items'] as { name: string; lastMessage: object }[];
    expect(chats.map(({ name }) => name).sort()).toEqual(friends.map(({ name }) => name).sort());
    expect(chats[0]?.lastMessage).not.toHaveProperty('history');
    expect(chats[1]?.lastMessage).toMatchObject({ history: true, status: 'received' });
    simulator.violations.assertNone();
  });
});
