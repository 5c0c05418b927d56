import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';

/** What somebody who has just installed it meets: the pace is on, and nothing seems broken. */
let simulator: Simulator;
let gateway: GatewayProcess;
let shop: AccountHandle;

beforeAll(async () => {
  simulator = await createSimulator({ seed: 17 });
  shop = simulator.accounts.create({ name: 'The shop' });
  gateway = await GatewayProcess.prepare(simulator, { PACING: 'gentle' });
  await gateway.start();
  const { body } = await gateway.call('POST', '/sessions/support/start');
  await shop.phone.scan(String(body['qr']));
  await gateway.waitForStatus('support', 'open');
});

afterAll(async () => {
  await gateway.dispose();
  await simulator.close();
});

const send = (to: string, query = '') =>
  gateway.call('POST', `/sessions/support/send${query}`, { to, text: 'Hello from n8n!' });

it('sends the first message to somebody new, right after pairing, within the default wait', async () => {
  const john = simulator.accounts.create({ name: 'John' });
  const { status, body } = await send(john.number);
  expect(status).toBe(200);
  expect(body).toMatchObject({ success: true, status: 'sent' });
  const [received] = john.phone.inbox;
  expect(received?.id).toBe(body['messageId']);
});

it('answers whoever wrote within the default wait', async () => {
  const anna = simulator.accounts.create({ name: 'Anna' });
  const question = await anna.phone.send(shop.jid, 'Are you there?');
  await anna.phone.waitForState(question.id, 'delivered');
  expect((await send(anna.number)).body).toMatchObject({ status: 'sent' });
});

it('tells in plain words why a further new person has to wait', async () => {
  const people = Array.from({ length: 6 }, (_, i) =>
    simulator.accounts.create({ name: `New ${i}` }),
  );
  let last: Awaited<ReturnType<typeof send>> | null = null;
  for (const { number } of people) last = await send(number, '?wait=0');
  expect(last?.status).toBe(202);
  expect(last?.body).toMatchObject({
    success: true,
    status: 'queued',
    queue: {
      position: expect.any(Number),
      reason: expect.any(String),
      explanation: expect.stringMatching(/^[A-Z].*[a-z]$/),
      eta: expect.stringMatching(/Z$/),
    },
  });
  const life = await gateway.call(
    'GET',
    `/sessions/support/messages/${String(last?.body['messageId'])}`,
  );
  expect(life.body).toMatchObject({
    status: 'queued',
    error: null,
    queue: { reason: expect.any(String), eta: expect.any(String) },
  });
});

it('shows what became of a message', async () => {
  const ben = simulator.accounts.create({ name: 'Ben' });
  const question = await ben.phone.send(shop.jid, 'Is it ready?');
  await ben.phone.waitForState(question.id, 'delivered');
  const { body } = await send(ben.number);
  const life = await gateway.call('GET', `/sessions/support/messages/${String(body['messageId'])}`);
  expect(life.body).toMatchObject({
    status: expect.stringMatching(/^(sent|delivered)$/),
    error: null,
    queue: null,
  });
});
