import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSimulator } from '@whatsapp-gateway/simulator';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayProcess, OPERATOR_KEY } from '../support/gateway-process.ts';

const NEWER = 2_000_000_000;

/** What is open at the end of a test, in the order in which it must be closed. */
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A page that names a version, as WhatsApp's own service worker does. */
async function publish(revision: number) {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    response.end(`self.__x="{\\"client_revision\\":${revision}}"`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/sw.js`, asked: () => asked };
}

async function begin(env: Record<string, string>) {
  const simulator = await createSimulator({ seed: 41 });
  closers.push(() => simulator.close());
  const gateway = await GatewayProcess.prepare(simulator, env);
  closers.push(() => gateway.dispose());
  await gateway.start();
  return { simulator, gateway };
}

describe('a version of WhatsApp Web that WhatsApp refuses', () => {
  it('is replaced by the current one, and the session opens by itself', async () => {
    const page = await publish(NEWER);
    const { simulator, gateway } = await begin({ WHATSAPP_VERSION_URL: page.url });
    const shop = simulator.accounts.create({ name: 'Shop' });
    const { body } = await gateway.call('POST', '/sessions/shop/start');
    await shop.phone.scan(String(body['qr']));
    await gateway.waitForStatus('shop', 'open');

    simulator.faults.add({ kind: 'refuse-version', below: NEWER });
    const restarted = await gateway.call('POST', '/sessions/shop/restart');
    await gateway.waitForStatus('shop', 'open');
    expect(restarted.body['clientVersion']).toBe(`2.3000.${NEWER}`);
    expect(page.asked()).toBeGreaterThan(0);
    const metrics = await fetch(`${gateway.url}/metrics`, {
      headers: { authorization: `Bearer ${OPERATOR_KEY}` },
    });
    expect(await metrics.text()).toContain(`gateway_client_version{version="2.3000.${NEWER}"} 1`);

    await gateway.end('SIGTERM');
    gateway.setEnv({ WHATSAPP_VERSION_URL: '' });
    await gateway.start();
    await gateway.waitForStatus('shop', 'open');
    expect((await gateway.call('GET', '/sessions/shop')).body).toMatchObject({
      clientVersion: `2.3000.${NEWER}`,
    });
  });

  it('stays when the operator chose it, and the session says what to do', async () => {
    const page = await publish(NEWER);
    const { simulator, gateway } = await begin({
      WHATSAPP_VERSION: '2.3000.1000',
      WHATSAPP_VERSION_URL: page.url,
    });
    simulator.faults.add({ kind: 'refuse-version', below: NEWER });
    const { body } = await gateway.call('POST', '/sessions/shop/start');
    expect(body).toMatchObject({
      state: 'waiting_retry',
      reason: 'version_refused',
      userAction: expect.stringContaining('WHATSAPP_VERSION'),
      clientVersion: '2.3000.1000',
    });
    expect(page.asked()).toBe(0);
  });
});
