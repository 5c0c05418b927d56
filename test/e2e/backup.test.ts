import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';

const MAIN = fileURLToPath(new URL('../../gateway/dist/main.js', import.meta.url));
/** Messages on the way while the backup is taken. */
const BURST = 40;

let simulator: Simulator;
let gateway: GatewayProcess;
let restored: GatewayProcess;
let shop: AccountHandle;
let john: AccountHandle;

beforeAll(async () => {
  simulator = await createSimulator({ seed: 5 });
  shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
  john = simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' });
  gateway = await GatewayProcess.prepare(simulator);
  restored = await GatewayProcess.prepare(simulator);
  await gateway.start();
  const { body } = await gateway.call('POST', '/sessions/support/start');
  await shop.phone.scan(String(body['qr']));
  await gateway.waitForStatus('support', 'open');
});
afterAll(async () => {
  await gateway.dispose();
  await restored.dispose();
  await simulator.close();
});

async function command(dataDir: string, ...args: string[]): Promise<string> {
  const { PATH = '' } = process.env;
  const env = { PATH, DATA_DIR: dataDir };
  return (await promisify(execFile)(process.execPath, [MAIN, ...args], { env })).stdout;
}

/** Ids of all messages that a gateway knows. */
async function stored(process: GatewayProcess): Promise<string[]> {
  const { body } = await process.call('GET', '/events?limit=500');
  const events = body['events'] as { data: { messageId?: string } }[];
  return events.flatMap(({ data }) => (data.messageId ? [data.messageId] : []));
}

it('a backup that is taken while messages flow opens elsewhere, without a QR code', async () => {
  const before = await Promise.all(
    Array.from({ length: 10 }, (_, index) => john.phone.send(shop.jid, `before ${index}`)),
  );
  for (const { id } of before) await john.phone.waitForState(id, 'delivered');
  const early = await gateway.call('POST', '/sessions/support/send', {
    to: john.number,
    text: 'sent before',
  });

  const folder = join(gateway.folder, 'backup');
  const burst = Array.from({ length: BURST }, (_, index) =>
    index % 2 === 0
      ? john.phone.send(shop.jid, `during ${index}`)
      : gateway.call('POST', '/sessions/support/send', { to: john.number, text: `out ${index}` }),
  );
  const [text] = await Promise.all([command(gateway.dataDir, 'backup', folder), ...burst]);
  expect(text).toContain('Backed up');
  await gateway.end('SIGKILL');

  expect(await command(restored.dataDir, 'restore', folder)).toContain('Restored');
  await restored.start();
  await restored.waitForStatus('support', 'open');
  const known = await stored(restored);
  const wanted = [...before.map(({ id }) => id), String(early.body['messageId'])];
  expect(known).toEqual(expect.arrayContaining(wanted));

  const reply = await john.phone.send(shop.jid, 'are you back?');
  await john.phone.waitForState(reply.id, 'delivered');
  const sent = await restored.call('POST', '/sessions/support/send', {
    to: john.number,
    text: 'here we are',
  });
  expect(sent.body).toMatchObject({ success: true, status: 'sent' });
  const received = await john.phone.waitForMessage(({ id }) => id === sent.body['messageId']);
  expect(received.text).toBe('here we are');
});
