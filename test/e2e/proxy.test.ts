import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCertificates } from '../../simulator/src/media/certificates.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { fetchFile } from '../support/paired-gateway.ts';
import {
  createHttpProxy,
  createSocksProxy,
  PROXY_PASSWORD,
  type ProxyServer,
} from '../support/proxy-server.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const certificates = await createLocalCertificates(Date.now());

describe.each([
  ['http', createHttpProxy],
  ['https', (port?: number) => createHttpProxy(port, certificates)],
  ['socks5', createSocksProxy],
] as const)('a session with a proxy of kind %s', (scheme, createProxy) => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let receiver: WebhookReceiver;
  let proxy: ProxyServer;
  let shop: AccountHandle;
  let john: AccountHandle;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 31 });
    shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' });
    receiver = await createWebhookReceiver();
    proxy = await createProxy();
    const { url, rootKeyHex, mediaCaPem } = simulator;
    const trusted = { url, rootKeyHex, mediaCaPem: mediaCaPem + certificates.caPem };
    gateway = await GatewayProcess.prepare(trusted, {
      WEBHOOK_URL: receiver.url,
      OUTBOUND_ALLOW: '127.0.0.1',
    });
    await gateway.start();
  });

  afterAll(async () => {
    await gateway.dispose();
    await proxy.close();
    await receiver.close();
    await simulator.close();
  });

  const set = (url: string) => gateway.call('PUT', '/sessions/shop/proxy', { url });
  const state = async () => (await gateway.call('GET', '/sessions/shop')).body['state'];
  const picture = () =>
    sharp({ create: { width: 640, height: 480, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer();
  const portOf = (url: string) => Number(new URL(url).port);
  const mediaPort = () => portOf(`https://${simulator.media.host}`);

  it('is refused with a reason when the proxy does not work, and not even made', async () => {
    const stranger = await createHttpProxy(0, await createLocalCertificates(Date.now()));
    const plain = await createHttpProxy();
    const { origin } = new URL(simulator.url.replace(/^ws/, 'http'));
    const cases = [
      [proxy.url.replace(/:[^:@]+@/, ':wrong@'), 422, 'proxy_refused', 'credentials'],
      [proxy.url.replace(/\/\/.*@/, '//'), 422, 'proxy_refused', 'credentials'],
      [`${scheme}://127.0.0.1:1`, 422, 'proxy_unreachable', 'connection'],
      [`${scheme}://no-such-host.invalid:1080`, 422, 'proxy_unreachable', 'name'],
      [`${scheme}://10.1.2.3:1080`, 422, 'url_not_allowed', 'guard'],
      [stranger.url, 422, 'proxy_refused', 'certificate'],
      [plain.url.replace('http:', 'https:'), 422, 'proxy_refused', 'https'],
      [`${scheme}://proxy.example:1080/path`, 400, 'invalid_proxy', 'port'],
      [origin.replace('http', 'ftp'), 400, 'invalid_proxy', 'socks5'],
    ] as const;
    for (const [url, status, code, why] of cases) {
      const refused = await set(url);
      expect([refused.status, refused.body['code']], url).toEqual([status, code]);
      expect(refused.body['detail']).toContain(why);
    }
    expect((await gateway.call('GET', '/sessions/shop')).status).toBe(404);
    expect([proxy, stranger, plain].flatMap(({ targets }) => targets)).toEqual([]);
    await stranger.close();
    await plain.close();
  });

  it('pairs through it', async () => {
    const { status, body } = await set(proxy.url);
    const shown = `${scheme}://shop%40office:***@127.0.0.1:${proxy.port}`;
    expect([status, body]).toEqual([200, { url: shown }]);
    expect((await gateway.call('GET', '/sessions/shop/proxy')).body).toEqual({ url: shown });
    expect(await state()).toBe('stopped');
    const started = await gateway.call('POST', '/sessions/shop/start');
    await shop.phone.scan(String(started.body['qr']));
    await gateway.waitForStatus('shop', 'open');
    // Every socket came from the proxy: the try, the pairing, and the login after it.
    const whatsapp = proxy.targets.filter((target) => target.endsWith(`:${portOf(simulator.url)}`));
    expect(whatsapp.length).toBeGreaterThanOrEqual(3);
    expect(proxy.bytes(portOf(simulator.url))).toBeGreaterThan(1_000);
  });

  it('sends and receives pictures through it', async () => {
    const base64 = (await picture()).toString('base64');
    const before = proxy.bytes(mediaPort());
    const sent = await gateway.call('POST', '/sessions/shop/send', {
      to: john.number,
      image: { base64, caption: 'Red' },
    });
    expect([sent.status, sent.body]).toMatchObject([200, { success: true }]);
    const got = await john.phone.waitForMessage(({ id }) => id === sent.body['messageId']);
    expect(got.message.imageMessage).toMatchObject({ width: 640, height: 480 });
    const uploaded = proxy.bytes(mediaPort());
    expect(uploaded - before).toBeGreaterThan(base64.length / 2);

    const bytes = await picture();
    await john.phone.send(shop.jid, {
      type: 'image',
      media: { bytes },
      caption: 'Look',
    });
    const { body } = await receiver.waitFor(({ body }) => body.data['text'] === 'Look');
    const path = `/sessions/shop/messages/${String(body.data['messageId'])}/media`;
    const file = await fetchFile(gateway, path);
    expect([file.status, file.bytes.equals(bytes)]).toEqual([200, true]);
    expect(proxy.bytes(mediaPort()) - uploaded).toBeGreaterThan(bytes.length);
    // The webhook is not WhatsApp's affair.
    expect(proxy.bytes(portOf(receiver.url))).toBe(0);
  });

  it('waits while the proxy is dead, and comes back with it, also after a restart', async () => {
    const { port } = proxy;
    await proxy.close();
    await expect.poll(state).toBe('waiting_retry');
    const { body } = await gateway.call('GET', '/sessions/shop');
    expect(body['phone']).toBe('15550001000');
    await gateway.end('SIGTERM');
    proxy = await createProxy(port);
    await gateway.start();
    await gateway.waitForStatus('shop', 'open');
    expect(proxy.bytes(portOf(simulator.url))).toBeGreaterThan(1_000);
  });

  it('takes the straight way again after one reconnect', async () => {
    const before = proxy.targets.length;
    const removed = await gateway.call('DELETE', '/sessions/shop/proxy');
    expect([removed.status, removed.body]).toEqual([200, { url: null }]);
    await gateway.waitForStatus('shop', 'open');
    await proxy.close();
    const sent = await gateway.call('POST', '/sessions/shop/send', { to: john.number, text: 'Hi' });
    expect(sent.status).toBe(200);
    expect(proxy.targets.length).toBe(before);
    expect((await gateway.call('GET', '/sessions/shop/proxy')).body).toEqual({ url: null });
  });

  it('never shows the password', () => {
    expect(gateway.output).not.toContain(PROXY_PASSWORD);
    expect(gateway.output).not.toContain(encodeURIComponent(PROXY_PASSWORD));
  });
});
