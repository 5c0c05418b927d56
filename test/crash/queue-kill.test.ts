import { join } from 'node:path';
import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';
import { hurriedTime } from '../support/hurried-time.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { ANYTHING, death, ITS_MESSAGE_ARRIVED, type Moment } from './death.ts';
import { Client, type Ordered, type Thread } from './orders.ts';
import { arrivals, mostWithin, outOfOrder } from './sent.ts';

/** 8 in the usual run; `KILLS=60` for the long form. */
const KILLS = Number(process.env['KILLS'] ?? 8);
const SESSIONS = 5;
/** Of each number: 20 people get 10 messages each. */
const CHATS = 20;
const PER_CHAT = 10;
const REQUESTED = SESSIONS * CHATS * PER_CHAT;
const LISTED = 60;

/** In any minute, of each number; all of it does not fit into one, so the windows have to hold it back. */
const PER_MINUTE = 130;
const COLD_PER_MINUTE = 24;
const POLICY = {
  preset: 'off',
  all: { gapMs: { min: 20, max: 100 }, perMinute: PER_MINUTE, perHour: 1_000, perDay: 1_000 },
  cold: { gapMs: { min: 0, max: 0 }, perMinute: COLD_PER_MINUTE, perHour: 1_000, perDay: 1_000 },
};

const MOMENTS: readonly Moment[] = [
  ITS_MESSAGE_ARRIVED,
  {
    name: 'it was just told that a message arrived',
    fits: ({ event, tag }) => event === 'delivered' && tag === 'receipt',
  },
  ANYTHING,
];

/** The service lives so much faster than the rest: its minutes are over in 20 seconds. */
const HURRY = 3;

describe(`${KILLS} kills while ${SESSIONS} numbers have ${REQUESTED} messages, a list and a schedule to send`, () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let receiver: WebhookReceiver;
  let client: Client;
  const shops: AccountHandle[] = [];
  let longestStartMs = 0;
  /** What the clock of the service shows at an instant. */
  const startMs = Date.now();
  const hurried = (atMs: number) => startMs + (atMs - startMs) * HURRY;
  const people = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => simulator.accounts.create({ name: `${name} ${i}` }));

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 47 });
    receiver = await createWebhookReceiver();
    gateway = await GatewayProcess.prepare(simulator, {
      LOG_LEVEL: 'warn',
      OUTBOUND_ALLOW: '127.0.0.1',
      ...hurriedTime(HURRY, startMs),
    });
    await started();
    client = new Client(gateway);
    for (let i = 0; i < SESSIONS; i++) {
      const shop = simulator.accounts.create({ name: `Shop ${i}` });
      const started = await gateway.call('POST', `/sessions/shop-${i}/start`);
      await shop.phone.scan(String(started.body['qr']));
      await gateway.waitForStatus(`shop-${i}`, 'open');
      await client.request('PUT', `/sessions/shop-${i}/pacing`, POLICY);
      shops.push(shop);
    }
    const events = ['bulk.finished'];
    await client.request('POST', '/webhooks', { url: receiver.url, events });
  });

  afterAll(async () => {
    await gateway.dispose();
    await receiver.close();
    await simulator.close();
  });

  it('sends each once, in order, and never more in a minute than the limit', {
    timeout: 20 * 60_000,
  }, async () => {
    const accepted: Ordered[] = [];
    const beganMs = hurried(Date.now());
    const list = people('Listed', LISTED);
    const regular = people('Regular', 1)[0];
    if (!regular) throw new Error('there is somebody');
    const pool = shops.slice(1).map((_, i) => `shop-${i + 1}`);
    const bulk = await client.request('POST', '/sessions/shop-0/bulk', {
      recipients: list.map(({ number }, i) => ({ to: number, variables: { n: `${i}` } })),
      sessions: pool,
      text: 'listed #{{n}}',
    });
    const schedule = await client.request('POST', '/sessions/shop-0/schedules', {
      cron: '* * * * *',
      maxOccurrences: 1,
      to: regular.number,
      text: 'by schedule',
    });
    const later: Thread[] = people('Later', SESSIONS).map((to, shop) => ({
      shop,
      to,
      texts: [`later ${shop}`],
      sendAtMs: beganMs + 20_000 + shop * 5_000,
    }));
    const threads = people('Person', CHATS).flatMap((to, chat) =>
      shops.map((_, shop) => ({
        shop,
        to,
        texts: Array.from({ length: PER_CHAT }, (_text, n) => `direct ${shop}.${chat} #${n + 1}`),
      })),
    );
    const ordering = client.order([...later, ...threads], (order) => accepted.push(order));

    // Each at the next fitting instant after so many messages more: the work itself sets the pace.
    const all = REQUESTED + LISTED + later.length + 1;
    for (let kill = 0; kill < KILLS; kill++) {
      await arrived(simulator, Math.floor(((kill + 0.5) * all) / (KILLS + 1)));
      const moment = MOMENTS[kill % MOMENTS.length] ?? ANYTHING;
      await death(simulator, gateway, moment, 1 + ((kill * 5) % 7));
      await started();
    }
    await ordering;
    await receiver.waitFor(({ body }) => body.data['bulkId'] === bulk['id'], 5 * 60_000);
    const id = String(schedule['id']);
    const made = async () =>
      (await client.request('GET', `/sessions/shop-0/schedules/${id}`))['made'];
    await expect.poll(made, { timeout: 2 * 60_000, interval: 500 }).toBe(1);
    await expect.poll(() => queued(), { timeout: 5 * 60_000, interval: 500 }).toBe(0);

    const listed = await recipientsOf(String(bulk['id']), list);
    const occurrences = await occurrencesOf(String(schedule['id']), regular);
    expect(client.repeated).toBeGreaterThan(0);
    expect(accepted).toHaveLength(REQUESTED + later.length);
    expect(listed).toHaveLength(LISTED);
    expect(occurrences).toHaveLength(1);
    await judge([...accepted, ...listed, ...occurrences]);
    const finished = receiver.received.filter(({ body }) => body.event === 'bulk.finished');
    expect(new Set(finished.map(({ body }) => body.id)).size).toBe(1);
    expect(await gateway.end('SIGTERM')).toBe(0);
    const database = new Database(join(gateway.dataDir, 'gateway.sqlite'), { readonly: true });
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
  });

  async function started(): Promise<void> {
    const beganMs = Date.now();
    await gateway.start();
    longestStartMs = Math.max(longestStartMs, Date.now() - beganMs);
  }

  async function judge(orders: readonly Ordered[]): Promise<void> {
    const sent = arrivals(simulator.ledger);
    // No message that nobody ordered, none under two ids, none left out.
    expect(new Set(sent.map(({ id }) => id))).toEqual(
      new Set(orders.map(({ messageId }) => messageId)),
    );
    expect(new Set(orders.map(({ messageId }) => messageId)).size).toBe(orders.length);
    await expect.poll(() => unread(orders), { interval: 200 }).toEqual([]);
    expect(outOfOrder(sent, orders)).toEqual([]);
    for (const { messageId, notBeforeMs } of orders) {
      const first = sent.find(({ id }) => id === messageId);
      expect(hurried(first?.atMs ?? 0)).toBeGreaterThanOrEqual(notBeforeMs);
    }
    // The service counts a send when it begins, the server when it arrives: of two sends a minute apart
    // the first may be the slower one by the time that a start and connecting again take.
    // Where a start takes longer than fits into a minute, it shows at least that nothing bursts.
    const minuteLessDelaysMs = Math.max(5_000, 60_000 - 1.5 * longestStartMs * HURRY);
    for (const shop of shops) {
      const mine = sent.filter(({ device }) => device.startsWith(`${shop.number}:`));
      const instants = (entries: typeof mine) => entries.map(({ atMs }) => hurried(atMs));
      expect(mostWithin(instants(mine), minuteLessDelaysMs)).toBeLessThanOrEqual(PER_MINUTE);
      const begun = new Set<string>();
      const first = mine.filter(({ peer }) => !begun.has(`${peer}`) && begun.add(`${peer}`));
      expect(first.length).toBeGreaterThan(COLD_PER_MINUTE);
      expect(mostWithin(instants(first), minuteLessDelaysMs)).toBeLessThanOrEqual(COLD_PER_MINUTE);
    }
    const statuses = new Set<unknown>();
    for (let at = 0; at < orders.length; at += 50) {
      const answers = orders
        .slice(at, at + 50)
        .map(({ shop, messageId }) =>
          client.request('GET', `/sessions/shop-${shop}/messages/${messageId}`),
        );
      for (const { status } of await Promise.all(answers)) statuses.add(status);
    }
    expect(['sent', 'delivered', 'read']).toEqual(expect.arrayContaining([...statuses]));
  }

  /** Messages that their recipient does not have, exactly once and as they were ordered. */
  function unread(orders: readonly Ordered[]): string[] {
    const inboxes = new Map(orders.map(({ to }) => [to, to.phone.inbox]));
    return orders.flatMap(({ to, messageId, text }) => {
      const copies = inboxes.get(to)?.filter((message) => message.text === text) ?? [];
      return copies.length === 1 && copies[0]?.id === messageId ? [] : [text];
    });
  }

  async function queued(): Promise<number> {
    let sum = 0;
    for (let i = 0; i < SESSIONS; i++) {
      const { counts } = await client.request('GET', `/sessions/shop-${i}/outbox?limit=1`);
      sum += (counts as { total: number }).total;
    }
    return sum;
  }

  async function recipientsOf(id: string, list: readonly AccountHandle[]): Promise<Ordered[]> {
    const path = `/sessions/shop-0/bulk/${id}/recipients?state=sent&limit=1000`;
    const { recipients } = await client.request('GET', path);
    return (recipients as { position: number; messageId: string; session: string }[]).flatMap(
      ({ position, messageId, session }) => {
        const to = list[position - 1];
        const shop = Number(session.replace('shop-', ''));
        return to ? [{ shop, to, messageId, text: `listed #${position - 1}`, notBeforeMs: 0 }] : [];
      },
    );
  }

  async function occurrencesOf(id: string, to: AccountHandle): Promise<Ordered[]> {
    const { occurrences } = await client.request('GET', `/sessions/shop-0/schedules/${id}`);
    return (occurrences as { at: string; messageId: string }[]).map(({ at, messageId }) => ({
      shop: 0,
      to,
      messageId,
      text: 'by schedule',
      notBeforeMs: Date.parse(at),
    }));
  }
});

/** Resolves when the server has so many messages of linked devices. */
function arrived(simulator: Simulator, count: number): Promise<void> {
  let left = count - arrivals(simulator.ledger).length;
  if (left <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = simulator.ledger.onEntry((entry) => {
      if (!ITS_MESSAGE_ARRIVED.fits(entry) || --left > 0) return;
      stop();
      resolve();
    });
  });
}
