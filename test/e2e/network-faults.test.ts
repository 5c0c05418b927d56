import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { STABLE_AFTER_MS } from '../../gateway/src/sessions/machine.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { hurriedTime } from '../support/hurried-time.ts';
import { Line } from '../support/line.ts';
import { redPng } from '../support/pictures.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** What takes the gateway a minute is over in six seconds. */
const HURRY = 10;

/**
 * What networks do to a linked number, over the shipped service: whatever breaks, the session comes back
 * by itself with the same identity, and each message goes its way once, in order.
 */
describe('a network that breaks', () => {
  let simulator: Simulator;
  let line: Line;
  let receiver: WebhookReceiver;
  let gateway: GatewayProcess;
  let shop: AccountHandle;
  let john: AccountHandle;
  /** What John wrote, and what was accepted for him. */
  const written: string[] = [];
  const accepted: string[] = [];

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 61 });
    shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' });
    line = await Line.to(simulator.url);
    receiver = await createWebhookReceiver();
    gateway = await GatewayProcess.prepare(simulator, {
      WHATSAPP_URL: line.url,
      WEBHOOK_URL: receiver.url,
    });
    await gateway.start();
    await pair('shop', shop);
    await gateway.end('SIGTERM');
    gateway.setEnv(hurriedTime(HURRY));
    await gateway.start();
    await gateway.waitForStatus('shop', 'open');
    await write();
  });

  afterAll(async () => {
    await gateway.dispose();
    await line.close();
    await receiver.close();
    await simulator.close();
  });

  // A connection that held for half a minute was good: the first retry after it comes within a second.
  beforeEach(() => passed(STABLE_AFTER_MS));

  afterEach(async () => {
    await line.mend();
    await nothingLostOrDoubled();
  });

  async function pair(id: string, account: AccountHandle): Promise<void> {
    const { body } = await gateway.call('POST', `/sessions/${id}/start`);
    await account.phone.scan(String(body['qr']));
    await gateway.waitForStatus(id, 'open');
  }

  async function write(): Promise<void> {
    written.push(`question ${written.length}`);
    await john.phone.send(shop.jid, written.at(-1) ?? '');
  }

  async function accept(more = ''): Promise<void> {
    const text = `answer ${accepted.length}${more}`;
    const { status } = await send({ text });
    expect(status).toBe(202);
    accepted.push(text);
  }

  const send = (content: object) =>
    gateway.call('POST', '/sessions/shop/send?wait=0', { to: john.number, ...content });

  const session = async () => (await gateway.call('GET', '/sessions/shop/status')).body;

  async function untilState(fits: (state: unknown) => boolean): Promise<void> {
    await expect.poll(async () => fits((await session())['state']), { interval: 20 }).toBe(true);
  }

  /** Time as the gateway has it. */
  const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / HURRY));

  const delivered = () =>
    receiver.received.flatMap(({ body: { event, data } }) =>
      event === 'messages.upsert' ? [data['text']] : [],
    );
  const arrived = () => john.phone.inbox.flatMap(({ text }) => (text ? [text] : []));

  async function nothingLostOrDoubled(): Promise<void> {
    await expect.poll(delivered).toEqual(written);
    await expect.poll(arrived).toEqual(accepted);
  }

  it('for 90 seconds: the session waits, tries again and catches up', async () => {
    await line.cut();
    for (let n = 0; n < 3; n++) {
      await write();
      await accept();
    }
    await untilState((state) => state === 'waiting_retry');
    expect(await session()).toMatchObject({ status: 'connecting', reason: 'connection_lost' });
    await passed(90_000);
    expect(['waiting_retry', 'connecting']).toContain((await session())['state']);
    await line.mend();
    await gateway.waitForStatus('shop', 'open');
    const late = await receiver.waitFor(({ body }) => body.data['text'] === written.at(-1));
    expect(late.body.data).toMatchObject({ delayed: true });
  });

  it('by carrying nothing for 60 seconds: that is noticed, and a new connection made', async () => {
    line.silence();
    const sinceMs = Date.now();
    for (let n = 0; n < 3; n++) {
      await write();
      await accept();
    }
    await untilState((state) => state === 'waiting_retry' || state === 'connecting');
    await passed(60_000 - (Date.now() - sinceMs) * HURRY);
    await line.mend();
    await gateway.waitForStatus('shop', 'open');
    expect(await session()).toMatchObject({ state: 'open', reason: null });
  });

  it('during the login, wherever', async () => {
    // The handshake takes some 500 bytes of the server, the rest of the login some thousand.
    line.breakNext(1, 600, 1_200, 2_500);
    await write();
    await accept();
    await expect.poll(() => line.breaksToCome).toBe(0);
    await gateway.waitForStatus('shop', 'open');
    await nothingLostOrDoubled();
  });

  it('during the first login after a QR code was scanned', async () => {
    const fresh = simulator.accounts.create({ phone: '15550002000', name: 'Fresh' });
    const { body } = await gateway.call('POST', '/sessions/fresh/start');
    // The next connection is the one after the pairing.
    const linking = fresh.phone.scan(String(body['qr']));
    await linking;
    line.breakNext(600);
    await gateway.waitForStatus('fresh', 'open');
    expect(fresh.devices).toHaveLength(1);
  });

  it('three seconds after typing was shown: the message goes out once, later', async () => {
    await gateway.call('PUT', '/sessions/shop/pacing', { preset: 'strict' });
    const typing = new Promise((resolve) => {
      const stop = john.phone.records.events.on('typing', ({ state }) => {
        if (state !== 'composing') return;
        stop();
        resolve(state);
      });
    });
    // A person, and the preset, would need more than ten seconds for it.
    await accept(', which takes its time'.repeat(8));
    await typing;
    await passed(3_000);
    line.breakNext();
    await expect.poll(arrived).toEqual(accepted);
    await gateway.call('PUT', '/sessions/shop/pacing', { preset: 'off' });
  });

  it('in the middle of an upload: the picture arrives whole, once', async () => {
    const data = (await redPng()).toString('base64');
    accepted.push('the shirt', 'the hat');
    simulator.media.fail({ kind: 'cut', direction: 'upload', times: 1 });
    await send({ image: { base64: data, caption: 'the shirt' } });
    await expect.poll(() => simulator.media.faultsToCome).toBe(0);
    simulator.media.fail({ kind: 'slow', direction: 'upload', times: 1, delayMs: 1_000 });
    await send({ image: { base64: data, caption: 'the hat' } });
    await expect.poll(() => simulator.media.faultsToCome).toBe(0);
    line.breakNext();
    await expect.poll(arrived).toEqual(accepted);
    expect(shop.devices).toHaveLength(1);
    expect(john.phone.inbox.at(-1)?.message.imageMessage?.fileLength).toBeTruthy();
  });
});
