import { createSimulator, type LedgerEntry, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** The steps of a repair, as the server sees them. The message is in the queue twice in between. */
const STEPS: readonly { readonly name: string; readonly fits: (entry: LedgerEntry) => boolean }[] =
  [
    {
      name: 'it asked for the message again',
      fits: ({ event, tag, type }) => event === 'accepted' && tag === 'receipt' && type === 'retry',
    },
    {
      name: 'it said that it cannot read the first copy',
      fits: ({ event, tag }) => event === 'rejected' && tag === 'message',
    },
    {
      name: 'it confirmed the second copy',
      fits: ({ event, tag }) => event === 'confirmed' && tag === 'message',
    },
  ];

let simulator: Simulator;
let receiver: WebhookReceiver;
let gateway: GatewayProcess;

beforeAll(async () => {
  simulator = await createSimulator({ seed: 7 });
  receiver = await createWebhookReceiver();
  gateway = await GatewayProcess.prepare(simulator, {
    WEBHOOK_URL: receiver.url,
    LOG_LEVEL: 'warn',
  });
  await gateway.start();
});

afterAll(async () => {
  await gateway.dispose();
  await receiver.close();
  await simulator.close();
});

it('gets a message that it could not read, wherever in the repair it is killed', async () => {
  const shop = simulator.accounts.create({ name: 'Shop' });
  const contact = simulator.accounts.create({ name: 'Contact' });
  const started = await gateway.call('POST', '/sessions/shop/start');
  await shop.phone.scan(String(started.body['qr']));
  await gateway.waitForStatus('shop', 'open');
  await contact.phone.send(shop.jid, 'readable');
  await receiver.waitFor(({ body }) => body.data['text'] === 'readable');

  for (const { name, fits } of STEPS) {
    const died = killAt(fits);
    await contact.phone.send(shop.jid, `until ${name}`, { damaged: true });
    await died;
    await gateway.start();
    const { body } = await receiver.waitFor((one) => one.body.data['text'] === `until ${name}`);
    const ids = receiver.received
      .filter((one) => one.body.data['messageId'] === body.data['messageId'])
      .map((one) => one.body.id);
    expect(new Set(ids), name).toEqual(new Set([body.id]));
  }
});

async function killAt(fits: (entry: LedgerEntry) => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = simulator.ledger.onEntry((entry) => {
      if (!fits(entry)) return;
      stop();
      process.kill(gateway.pid, 'SIGKILL');
      resolve();
    });
  });
  await gateway.end('SIGKILL');
}
