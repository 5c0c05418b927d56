import { join } from 'node:path';
import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { ANYTHING, death, ITS_MESSAGE_ARRIVED, type Moment } from './death.ts';
import { Reports } from './reports.ts';
import { type Accepted, startTraffic } from './traffic.ts';

/** 20 in the usual run; `KILLS=200` for the long form. */
const KILLS = Number(process.env['KILLS'] ?? 20);
const SESSIONS = 5;

/** The instants at which the process dies. */
const MOMENTS: readonly Moment[] = [
  {
    name: 'a message was just handed to it',
    fits: ({ event, tag }) => event === 'delivered' && tag === 'message',
  },
  {
    name: 'it just told WhatsApp that it has a message',
    fits: ({ event, tag }) => event === 'confirmed' && tag === 'message',
  },
  ITS_MESSAGE_ARRIVED,
  ANYTHING,
];

describe(`${KILLS} kills while ${SESSIONS} numbers talk`, () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let receiver: WebhookReceiver;
  const shops: AccountHandle[] = [];
  const contacts: AccountHandle[] = [];

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 31 });
    receiver = await createWebhookReceiver();
    gateway = await GatewayProcess.prepare(simulator, {
      WEBHOOK_URL: receiver.url,
      LOG_LEVEL: 'warn',
    });
    await gateway.start();
    for (let i = 0; i < SESSIONS; i++) {
      const shop = simulator.accounts.create({ name: `Shop ${i}` });
      const started = await gateway.call('POST', `/sessions/shop-${i}/start`);
      await shop.phone.scan(String(started.body['qr']));
      await gateway.waitForStatus(`shop-${i}`, 'open');
      shops.push(shop);
      contacts.push(simulator.accounts.create({ name: `Contact ${i}` }));
    }
  });

  afterAll(async () => {
    await gateway.dispose();
    await receiver.close();
    await simulator.close();
  });

  it('loses nothing, doubles nothing, keeps order and identity', {
    timeout: 20 * 60_000,
  }, async () => {
    const [host] = contacts;
    if (!host) throw new Error('there are contacts');
    const group = simulator.groups.create(host, 'Everybody', [...shops, ...contacts.slice(1)]);
    const reports = new Reports(receiver);
    const traffic = startTraffic({
      gateway,
      shops,
      contacts,
      group: group.jid,
      unreported: (written) => reports.missing(written).length,
    });
    for (let kill = 0; kill < KILLS; kill++) {
      const moment = MOMENTS[kill % MOMENTS.length] ?? ANYTHING;
      await death(simulator, gateway, moment, 1 + ((kill * 7) % 11));
      await gateway.start();
      for (let i = 0; i < SESSIONS; i++) await gateway.waitForStatus(`shop-${i}`, 'open', 60_000);
    }
    await traffic.stop();

    await expect.poll(() => reports.missing(traffic.written), { interval: 200 }).toEqual([]);
    expect(traffic.written.length).toBeGreaterThan(0);
    expect(reports.doubled()).toEqual([]);
    expect(reports.outOfOrder()).toEqual([]);
    await judgeOutbound(traffic.accepted, simulator);
    for (const shop of shops) expect(shop.devices).toHaveLength(1);
    expect(await gateway.end('SIGTERM')).toBe(0);
    const database = new Database(join(gateway.dataDir, 'gateway.sqlite'), { readonly: true });
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
  });
});

async function judgeOutbound(accepted: readonly Accepted[], simulator: Simulator): Promise<void> {
  const arrivedIds = (contact: string) => {
    const phone = simulator.accounts.find(contact)?.phone;
    return phone?.inbox.map(({ id }) => id) ?? [];
  };
  const missing = () => accepted.filter(({ to, messageId }) => !arrivedIds(to).includes(messageId));
  await expect.poll(missing, { interval: 200 }).toEqual([]);
  for (const to of new Set(accepted.map((send) => send.to))) {
    const texts = simulator.accounts
      .find(to)
      ?.phone.inbox.map(({ chat, text }) => `${chat} ${text}`);
    expect(new Set(texts).size).toBe(texts?.length);
  }
  expect(accepted.length).toBeGreaterThan(0);
}
