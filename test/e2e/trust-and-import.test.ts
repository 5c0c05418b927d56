import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createSimulator } from '@whatsapp-gateway/simulator';
import { useMultiFileAuthState } from 'baileys';
import { afterEach, describe, expect, it } from 'vitest';
import { Client } from '../simulator/support/client.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

/** What is open at the end of a test, in the order in which it must be closed. */
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function simulate() {
  const simulator = await createSimulator({ seed: 23 });
  closers.push(() => simulator.close());
  return simulator;
}

async function gatewayFor(...args: Parameters<typeof GatewayProcess.prepare>) {
  const gateway = await GatewayProcess.prepare(...args);
  closers.push(() => gateway.dispose());
  return gateway;
}

describe('the server', () => {
  it('is refused when its certificates lead to another root, and the session says so', async () => {
    const simulator = await simulate();
    const gateway = await gatewayFor(simulator, { WHATSAPP_ROOT_KEY: 'ab'.repeat(32) });
    await gateway.start();
    const { body } = await gateway.call('POST', '/sessions/shop/start');
    expect(body).toMatchObject({
      status: 'connecting',
      state: 'waiting_retry',
      reason: 'untrusted_server',
      qr: null,
      nextRetryAt: expect.any(String),
    });
    expect(body['userAction']).toContain('WHATSAPP_ROOT_KEY');
    expect(gateway.output).toContain('simulator');
  });

  it('has no key of its own when it is the real one', async () => {
    const simulator = await simulate();
    const gateway = await gatewayFor(simulator, {
      WHATSAPP_URL: 'wss://web.whatsapp.com/ws/chat',
    });
    await expect(gateway.start()).rejects.toThrow('WHATSAPP_ROOT_KEY');
  });
});

describe('an auth folder of another gateway', () => {
  it('is taken over at start, without a new QR code', async () => {
    const simulator = await simulate();
    const shop = simulator.accounts.create({ name: 'The shop' });
    const john = simulator.accounts.create({ name: 'John Doe' });
    const gateway = await gatewayFor(simulator);
    const folder = join(gateway.dataDir, 'veteran');
    await mkdir(folder, { recursive: true });
    await pairBareClient(folder, simulator, shop);

    await gateway.start();
    await gateway.waitForStatus('veteran', 'open');
    expect(shop.devices).toHaveLength(1);
    const sent = await gateway.call('POST', '/sessions/veteran/send', {
      to: john.number,
      text: 'still me',
    });
    expect(sent.body).toMatchObject({ success: true, status: 'sent' });
    await john.phone.waitForMessage(({ id }) => id === sent.body['messageId']);
    expect(await readdir(gateway.dataDir)).toContain('veteran.imported');

    await gateway.call('DELETE', '/sessions/veteran');
    await gateway.end('SIGTERM');
    await gateway.start();
    expect((await gateway.call('GET', '/sessions')).body).toEqual([]);
  });

  it('stays untouched when it holds nothing that can be read', async () => {
    const simulator = await simulate();
    const gateway = await gatewayFor(simulator);
    const folder = join(gateway.dataDir, 'broken');
    await mkdir(join(folder, 'creds.json'), { recursive: true });
    await gateway.start();
    expect((await gateway.call('GET', '/sessions')).body).toEqual([]);
    expect(await readdir(gateway.dataDir)).toContain('broken');
  });
});

/** Pairs an unmodified client that keeps its credentials in files, has it write to somebody, and stops it. */
async function pairBareClient(
  folder: string,
  simulator: Awaited<ReturnType<typeof createSimulator>>,
  shop: ReturnType<typeof simulator.accounts.create>,
): Promise<void> {
  const { state, saveCreds } = await useMultiFileAuthState(folder);
  const client = new Client(simulator, {}, state);
  client.start();
  const { qr } = await client.event('connection.update', (update) => Boolean(update.qr));
  await shop.phone.scan(qr ?? '');
  await client.event('connection.update', ({ connection }) => connection === 'open');
  await client.event('messaging-history.set');
  await client.stop();
  await saveCreds();
}
