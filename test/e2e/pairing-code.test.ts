import { createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** Linking without a camera, with the process that ships. */
describe('linking by a code', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let messages: WebhookReceiver;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 31 });
    messages = await createWebhookReceiver();
    gateway = await GatewayProcess.prepare(simulator, { WEBHOOK_URL: messages.url });
    await gateway.start();
  });

  afterAll(async () => {
    await gateway.dispose();
    await messages.close();
    await simulator.close();
  });

  const pair = (id: string, phone: string) =>
    gateway.call('POST', `/sessions/${id}/pair`, { phone });

  it('leads a new session to open, past a wrong code, and messages flow', async () => {
    const shop = simulator.accounts.create({ name: 'Shop' });
    const ann = simulator.accounts.create({ name: 'Ann' });
    const { status, body } = await pair('fresh', `+${shop.number}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: 'fresh',
      status: 'connecting',
      state: 'pairing',
      code: expect.stringMatching(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/),
      userAction: expect.stringContaining('Link with phone number'),
    });
    const leftMs = Date.parse(String(body['expiresAt'])) - Date.now();
    expect(leftMs).toBeGreaterThan(60_000);
    expect(leftMs).toBeLessThanOrEqual(160_000);
    expect((await pair('fresh', shop.number)).body['code']).toBe(body['code']);
    expect((await gateway.call('GET', '/sessions/fresh/qr')).body).toMatchObject({
      code: 'qr_not_available',
    });

    await expect(shop.phone.linkByCode('WRNG2345')).rejects.toMatchObject({ code: 'wrong-code' });
    await shop.phone.linkByCode(String(body['code']));
    await gateway.waitForStatus('fresh', 'open');
    expect(shop.devices).toHaveLength(1);
    await ann.phone.send(shop.jid, 'hello by code');
    await messages.waitFor(({ body: event }) => event.data['text'] === 'hello by code');

    const { body: log } = await gateway.call('GET', '/events?event=session.pairing_code');
    expect(log['events']).toMatchObject([
      { sessionId: 'fresh', data: { code: body['code'], expiresAt: body['expiresAt'] } },
    ]);
    expect(gateway.output).not.toContain(String(body['code']));
    expect(gateway.output).not.toContain(String(body['code']).replace('-', ''));
  });

  it('is refused for a session that is linked, also while it is stopped', async () => {
    const again = await pair('fresh', '15550009999');
    expect(again).toMatchObject({ status: 409, body: { code: 'already_paired' } });
    await gateway.call('POST', '/sessions/fresh/stop');
    expect(await pair('fresh', '15550009999')).toMatchObject({ status: 409 });
    await gateway.call('POST', '/sessions/fresh/start');
    await gateway.waitForStatus('fresh', 'open');
  });

  it('takes the place of a QR code, and survives a restart of the process in between', async () => {
    const shop = simulator.accounts.create({ name: 'Second shop' });
    await gateway.call('POST', '/sessions/second/start');
    const first = await pair('second', shop.number);
    expect(first.body['state']).toBe('pairing');
    await gateway.end('SIGTERM');
    await gateway.start();
    await gateway.waitForStatus('fresh', 'open');
    const second = await pair('second', shop.number);
    expect(second.body['code']).not.toBe(first.body['code']);
    await shop.phone.linkByCode(String(second.body['code']));
    await gateway.waitForStatus('second', 'open');
  });

  it('says what is wrong with a number, before WhatsApp is asked', async () => {
    for (const phone of ['', '0151 2345678', 'me', '120363000000000000@g.us', '123']) {
      const { status, body } = await pair('nobody', phone);
      expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'invalid_phone' });
    }
    expect((await gateway.call('GET', '/sessions/nobody')).status).toBe(404);
  });

  it('tells when WhatsApp gives no code, and a QR code or a later try still works', async () => {
    const shop = simulator.accounts.create({ name: 'Third shop' });
    simulator.faults.add({ kind: 'rate-overlimit', times: 1 });
    expect(await pair('third', shop.number)).toMatchObject({
      status: 422,
      body: { code: 'pairing_refused' },
    });
    expect((await gateway.call('GET', '/sessions/third')).body).toMatchObject({
      status: 'close',
      reason: 'pairing_refused',
    });
    const { body } = await gateway.call('POST', '/sessions/third/start');
    expect(body['status']).toBe('qr');
    await shop.phone.linkByCode(String((await pair('third', shop.number)).body['code']));
    await gateway.waitForStatus('third', 'open');
  });
});

describe('a restart', () => {
  it('brings a linked session back without a new code, and starts one that stands still', async () => {
    const simulator = await createSimulator({ seed: 32 });
    const gateway = await GatewayProcess.prepare(simulator);
    try {
      await gateway.start();
      const shop = simulator.accounts.create({ name: 'Shop' });
      const { body } = await gateway.call('POST', '/sessions/shop/start');
      const shown = String(body['qr']);
      const restarted = await gateway.call('POST', '/sessions/shop/restart');
      expect(restarted.body['status']).toBe('qr');
      expect(restarted.body['qr']).not.toBe(shown);
      await shop.phone.scan(String(restarted.body['qr']));
      await gateway.waitForStatus('shop', 'open');
      const since = async () => (await gateway.call('GET', '/sessions/shop')).body['since'];
      const before = await since();
      expect((await gateway.call('POST', '/sessions/shop/restart')).body['status']).toBe('open');
      expect(await since()).not.toBe(before);
      await gateway.call('POST', '/sessions/shop/stop');
      expect((await gateway.call('POST', '/sessions/shop/restart')).body['status']).toBe('open');
      expect(shop.devices).toHaveLength(1);
      expect((await gateway.call('POST', '/sessions/ghost/restart')).status).toBe(404);
    } finally {
      await gateway.dispose();
      await simulator.close();
    }
  });
});
