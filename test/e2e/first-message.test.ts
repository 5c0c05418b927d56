import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AccountHandle,
  createSimulator,
  fetchMedia,
  type MediaReference,
  type Simulator,
} from '@whatsapp-gateway/simulator';
import jsqr from 'jsqr';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess, OPERATOR_KEY } from '../support/gateway-process.ts';
import { redPng } from '../support/pictures.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** The main job, told once from the beginning to the end with the process that ships. */
describe('from a clean start to a restart', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let messages: WebhookReceiver;
  let states: WebhookReceiver;
  let shop: AccountHandle;
  let john: AccountHandle;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 7 });
    shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' });
    messages = await createWebhookReceiver();
    states = await createWebhookReceiver();
    gateway = await GatewayProcess.prepare(simulator, {
      WEBHOOK_URL: `${messages.url}/in`,
      WEBHOOK_STATUS_URL: `${states.url}/state`,
      WEBHOOK_USER: 'n8n',
      WEBHOOK_PASSWORD: 'pa:ss',
    });
    await gateway.start();
  });

  afterAll(async () => {
    await gateway.dispose();
    await messages.close();
    await states.close();
    await simulator.close();
  });

  it('is healthy and empty', async () => {
    expect((await gateway.call('GET', '/health')).body).toMatchObject({
      status: 'ok',
      version: expect.any(String),
      uptime: expect.any(Number),
      sessions: { total: 0, open: 0 },
    });
    expect((await gateway.call('GET', '/sessions')).body).toEqual([]);
  });

  it('shows a QR code as text, data URL and PNG that a camera can read', async () => {
    const { status, body } = await gateway.call('POST', '/sessions/support/start');
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: 'support', status: 'qr', qr: expect.any(String) });
    expect(body['qrImage']).toMatch(/^data:image\/png;base64,/);
    const response = await fetch(`${gateway.url}/sessions/support/qr`, {
      headers: { authorization: `Bearer ${OPERATOR_KEY}` },
    });
    expect(response.headers.get('content-type')).toBe('image/png');
    const picture = sharp(Buffer.from(await response.arrayBuffer())).ensureAlpha();
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    const read = jsqr.default(new Uint8ClampedArray(data), info.width, info.height);
    expect(read?.data).toBe(body['qr']);
    await states.waitFor(({ body: event }) => event.event === 'connection.qr');
  });

  it('pairs when a phone scans it', async () => {
    const again = await gateway.call('POST', '/sessions/support/start');
    await shop.phone.scan(String(again.body['qr']));
    await gateway.waitForStatus('support', 'open');
    const { body } = await gateway.call('GET', '/sessions/support/status');
    expect(body).toMatchObject({ id: 'support', status: 'open', phone: shop.number });
    const webhook = await states.waitFor(({ body: event }) => event.event === 'connection.open');
    expect(webhook.headers.authorization).toBe(`Basic ${btoa('n8n:pa:ss')}`);
    expect(webhook.path).toBe('/state');
    expect((await gateway.call('GET', '/sessions/support/qr')).status).toBe(404);
  });

  it('posts what a contact writes', async () => {
    const sent = await john.phone.send(shop.jid, 'I need help!');
    const { body, path } = await messages.waitFor(
      ({ body }) => body.data['text'] === 'I need help!',
    );
    expect(path).toBe('/in');
    expect(body).toMatchObject({
      event: 'messages.upsert',
      sessionId: 'support',
      workspaceId: 'default',
      data: {
        from: '5511888888888@s.whatsapp.net',
        pushName: 'John Doe',
        messageId: sent.id,
        text: 'I need help!',
        hasMedia: false,
        timestamp: expect.any(Number),
        chatId: '5511888888888@s.whatsapp.net',
        fromMe: false,
      },
    });
    expect(Object.keys(body)).toEqual([
      'id',
      'event',
      'sessionId',
      'workspaceId',
      'timestamp',
      'data',
    ]);
    await john.phone.waitForState(sent.id, 'delivered');
  });

  it('sends text in every form of the number', async () => {
    const forms = [
      '5511888888888',
      '+55 (11) 88888-8888',
      '5511888888888@c.us',
      john.jid,
      john.lid,
    ];
    for (const [index, to] of forms.entries()) {
      const { status, body } = await gateway.call('POST', '/sessions/support/send', {
        to,
        text: `Hello ${index}`,
      });
      expect(body).toMatchObject({
        success: true,
        messageId: expect.any(String),
        status: 'sent',
        to: { input: to, chatId: john.jid, phone: john.number },
      });
      expect(status).toBe(200);
      const received = await john.phone.waitForMessage(({ id }) => id === body['messageId']);
      expect(received.text).toBe(`Hello ${index}`);
    }
    expect(john.phone.records.duplicates).toBe(0);
  });

  it('sends an image by URL and as data URL, and tells of one that comes in', async () => {
    const png = await redPng();
    const { body } = await gateway.call('POST', '/sessions/support/send', {
      to: john.number,
      image: { url: `data:image/png;base64,${png.toString('base64')}`, caption: 'Look' },
    });
    expect(body).toMatchObject({ success: true, status: 'sent' });
    const received = await john.phone.waitForMessage(({ id }) => id === body['messageId']);
    expect(received.content).toMatchObject({
      type: 'image',
      caption: 'Look',
      mimetype: 'image/png',
    });
    const { media } = received.content as { media: MediaReference };
    expect(Buffer.from(fetchMedia(media, simulator.media)).equals(png)).toBe(true);

    const picture = { type: 'image', caption: 'And you', media: { bytes: png } } as const;
    await john.phone.send(shop.jid, picture);
    const webhook = await messages.waitFor(({ body: event }) => event.data['hasMedia'] === true);
    expect(webhook.body.data).toMatchObject({ text: 'And you', type: 'image' });
  });

  it('refuses an image on this machine, which is no public address', async () => {
    const server = createServer((_request, response) => response.end('secret'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { status, body } = await gateway.call('POST', '/sessions/support/send', {
      to: john.number,
      image: { url: `http://127.0.0.1:${port}/x.png` },
    });
    server.close();
    expect([status, body['code']]).toEqual([422, 'url_not_allowed']);
  });

  it('goes on after a restart without a new QR code, and delivers what came meanwhile', async () => {
    expect(await gateway.end('SIGTERM')).toBe(0);
    await john.phone.send(shop.jid, 'while you were away');
    await gateway.start();
    await gateway.waitForStatus('support', 'open');
    const webhook = await messages.waitFor(
      ({ body }) => body.data['text'] === 'while you were away',
    );
    expect(webhook.body.data).toMatchObject({ delayed: true });
    const { body } = await gateway.call('POST', '/sessions/support/send', {
      to: john.number,
      text: 'back again',
    });
    expect(body).toMatchObject({ success: true, status: 'sent' });
    await john.phone.waitForMessage(({ id }) => id === body['messageId']);
  });

  it('keeps an event while the receiver is down', async () => {
    messages.answerWith(503);
    await john.phone.send(shop.jid, 'is anybody there?');
    await gateway.waitForStatus('support', 'open');
    expect(await gateway.end('SIGTERM')).toBe(0);
    messages.answerWith(200);
    await gateway.start();
    await messages.waitFor(({ body }) => body.data['text'] === 'is anybody there?');
    const ids = messages.received.map(({ body }) => body.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('logs out and leaves nothing behind when deleted', async () => {
    const { status, body } = await gateway.call('DELETE', '/sessions/support');
    expect([status, body]).toEqual([200, { success: true, id: 'support' }]);
    expect(shop.devices).toEqual([]);
    expect((await gateway.call('GET', '/sessions/support/status')).status).toBe(404);
    expect((await gateway.call('GET', '/sessions')).body).toEqual([]);
  });

  it('says nothing of numbers, texts or secrets above debug', async () => {
    const lines = gateway.output.split('\n').filter((line) => line.startsWith('{'));
    const loud = lines.filter((line) => JSON.parse(line).level > 20).join('\n');
    expect(loud).toContain('session state');
    for (const secret of [john.number, shop.number, 'I need help', 'pa:ss', OPERATOR_KEY]) {
      expect(loud).not.toContain(secret);
    }
    simulator.violations.assertNone();
  });
});
