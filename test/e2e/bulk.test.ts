import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GatewayProcess, OPERATOR_KEY } from '../support/gateway-process.ts';
import { examplesOf, follow } from '../support/guide.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** One content to many people, over the real protocol, with what the caller and the webhook see of it. */
let simulator: Simulator;
let gateway: GatewayProcess;
let receiver: WebhookReceiver;

beforeAll(async () => {
  simulator = await createSimulator({ seed: 53 });
  receiver = await createWebhookReceiver();
  gateway = await GatewayProcess.prepare(simulator, { OUTBOUND_ALLOW: '127.0.0.1' });
  await gateway.start();
  for (const id of ['shop', 'branch']) {
    const account = simulator.accounts.create({ name: `The ${id}` });
    const { body } = await gateway.call('POST', `/sessions/${id}/start`);
    await account.phone.scan(String(body['qr']));
    await gateway.waitForStatus(id, 'open');
  }
  const events = ['bulk.progress', 'bulk.finished'];
  await gateway.call('POST', '/webhooks', { url: receiver.url, events });
});

afterAll(async () => {
  await gateway.dispose();
  await receiver.close();
  await simulator.close();
});

const people = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => simulator.accounts.create({ name: `${name} ${i}` }));

const inboxOf = (person: AccountHandle) => person.phone.inbox.map(({ text }) => text);

const told = (event: string, bulkId: unknown) =>
  receiver.waitFor(({ body }) => body.event === event && body.data['bulkId'] === bulkId);

interface Shown {
  readonly to: string;
  readonly state: string;
  readonly session: string | null;
  readonly messageId: string;
  readonly messageStatus: string | null;
  readonly error: { readonly code: string } | null;
}

async function recipientsOf(bulkId: unknown): Promise<readonly Shown[]> {
  const path = `/sessions/shop/bulk/${String(bulkId)}/recipients?limit=1000`;
  return (await gateway.call('GET', path)).body['recipients'] as Shown[];
}

it('does what its guide says', async () => {
  const ana = simulator.accounts.create({ phone: '5511999999999', name: 'Ana' });
  const bob = simulator.accounts.create({ phone: '5511888888888', name: 'Bob' });
  const [json, table, dry, list, ...more] = await examplesOf('bulk.md');
  if (!json || !table || !dry || !list) throw new Error('the guide shows four requests');
  expect(more).toEqual([]);

  const first = await follow(gateway, json, OPERATOR_KEY);
  expect(first).toMatchObject({ status: 202, body: { name: 'New menu', total: 2, skipped: [] } });
  await told('bulk.finished', first.body['id']);
  expect(inboxOf(ana)[0]).toMatch(/^Hello Ana, (the new menu is here|we have a new menu)!$/);
  expect(inboxOf(bob)[0]).toMatch(/^Hello Bob, /);

  const second = await follow(gateway, table, OPERATOR_KEY);
  expect(second).toMatchObject({ status: 202, body: { name: 'New menu', total: 2 } });
  await told('bulk.finished', second.body['id']);
  expect(inboxOf(ana)[1]).toBe('Hello Ana');

  const third = await follow(gateway, dry, OPERATOR_KEY);
  expect(third).toMatchObject({ status: 200, body: { dryRun: true, wouldSend: 2 } });
  expect(third.body['forecast']).toMatchObject({ lastAt: expect.any(String) });

  const fourth = await follow(gateway, list, OPERATOR_KEY);
  const ids = (fourth.body['bulks'] as { id: string }[]).map(({ id }) => id);
  expect(ids).toEqual([second.body['id'], first.body['id']]);
  expect(inboxOf(bob)).toHaveLength(2);
});

it('reaches everybody who can be reached once, by a pool, and says of each what became of it', async () => {
  const listed = people('Listed', 12);
  const [known, out] = listed;
  if (!known || !out) throw new Error('there are people');
  const branch = simulator.accounts.all().find(({ name }) => name === 'The branch');
  const question = await known.phone.send(branch?.jid ?? '', 'Do you open on Sunday?');
  await known.phone.waitForState(question.id, 'delivered');
  await gateway.call('PUT', `/opt-outs/${out.number}`, {});
  const nobody = '15559990000';
  const rows = [...listed.map(({ number }, i) => `${number},${i}`), `${nobody},n`, '12,x'];
  const csv = ['to,n', ...rows, `+${known.number},again`].join('\n');
  const made = await gateway.call('POST', '/sessions/shop/bulk', {
    csv,
    sessions: ['branch'],
    text: 'Your number is {{n}}',
  });
  expect(made).toMatchObject({ status: 202, body: { total: 15, sessions: ['shop', 'branch'] } });
  expect(made.body['skipped']).toMatchObject([
    { line: 15, code: 'invalid_recipient' },
    { line: 16, code: 'duplicate_recipient' },
  ]);
  const { body } = await told('bulk.finished', made.body['id']);
  expect(body).toMatchObject({ sessionId: 'shop', data: { sent: 11, skipped: 4, failed: 0 } });
  const progress = await told('bulk.progress', made.body['id']);
  expect(progress.body.data).toMatchObject({ state: 'running', total: 15 });

  for (const [i, person] of listed.entries()) {
    expect(inboxOf(person)).toEqual(person === out ? [] : [`Your number is ${i}`]);
  }
  const shown = await recipientsOf(made.body['id']);
  const of = (to: string) => shown.find((one) => one.to === to);
  expect(of(known.number)).toMatchObject({ state: 'sent', session: 'branch' });
  expect(of(known.number)?.messageId).toBe(known.phone.inbox[0]?.id);
  expect(of(out.number)).toMatchObject({
    state: 'skipped',
    error: { code: 'recipient_opted_out' },
  });
  expect(of(nobody)).toMatchObject({ state: 'skipped', error: { code: 'recipient_not_found' } });
  await expect
    .poll(async () => (await recipientsOf(made.body['id'])).map((one) => one.messageStatus))
    .toContain('delivered');
});

it('rests, goes on and ends when told, and over a death of the process', async () => {
  const gapMs = { min: 300, max: 300 };
  const pace = { perMinute: null, perHour: null, perDay: null };
  await gateway.call('PUT', '/sessions/shop/pacing', { preset: 'off', all: { gapMs, ...pace } });
  const listed = people('Patient', 30);
  const recipients = listed.map(({ number }) => number);
  const reached = () => listed.filter(({ phone }) => phone.inbox.length > 0).length;
  const made = await gateway.call('POST', '/sessions/shop/bulk', { recipients, text: 'In turn' });
  const path = `/sessions/shop/bulk/${String(made.body['id'])}`;

  await expect.poll(reached).toBeGreaterThan(2);
  const paused = await gateway.call('POST', `${path}/pause`);
  expect(paused.body).toMatchObject({ state: 'paused', waitsFor: { reason: 'paused' } });
  await gateway.end('SIGKILL');
  const before = reached();
  await gateway.start();
  await gateway.waitForStatus('shop', 'open');
  const rests = (await gateway.call('GET', path)).body;
  expect(rests).toMatchObject({ state: 'paused', total: 30 });

  expect((await gateway.call('POST', `${path}/resume`)).body).toMatchObject({ state: 'running' });
  await expect.poll(reached).toBeGreaterThan(before + 2);
  await gateway.end('SIGKILL');
  await gateway.start();
  await expect.poll(reached).toBeGreaterThan(before + 6);
  expect((await gateway.call('POST', `${path}/cancel`)).body).toMatchObject({ state: 'cancelled' });
  const { body } = await told('bulk.finished', made.body['id']);
  expect(body.data).toMatchObject({ state: 'cancelled', sent: reached(), total: 30 });
  expect(body.data['cancelled']).toBe(30 - reached());
  expect(listed.every((person) => inboxOf(person).length <= 1)).toBe(true);
  expect((await gateway.call('POST', `${path}/resume`)).body['code']).toBe('bulk_over');
});
