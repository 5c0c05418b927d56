import type { AccountHandle } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OPERATOR_KEY } from '../support/gateway-process.ts';
import { examplesOf, follow } from '../support/guide.ts';
import { type PairedGateway, startPairedGateway } from '../support/paired-gateway.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** Messages at an instant, and again and again, over deaths of the process. */
let world: PairedGateway;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await createWebhookReceiver();
  world = await startPairedGateway({}, { OUTBOUND_ALLOW: '127.0.0.1' });
  const events = ['schedule.failed', 'message.sent', 'message.failed'];
  await call('POST', '/webhooks', { url: receiver.url, events });
});

afterAll(async () => {
  await world.close();
  await receiver.close();
});

const call = (method: string, path: string, body?: object) =>
  world.gateway.call(method, path, body);

const someone = (name: string) => world.simulator.accounts.create({ name });
const inboxOf = (person: AccountHandle) => person.phone.inbox.map(({ text }) => text);

/** A process that died at some instant lives again from another on. */
async function dead(during: () => Promise<void>): Promise<void> {
  await world.gateway.end('SIGKILL');
  await during();
  await world.gateway.start();
  await world.gateway.waitForStatus('shop', 'open');
}

const until = (atMs: number) =>
  expect.poll(() => Date.now(), { timeout: 2 * PATIENCE_MS, interval: 100 }).toBeGreaterThan(atMs);

it('sends at the instant that a send names, once, and not what was cancelled', async () => {
  const early = someone('Early');
  const late = someone('Late');
  const send = (to: AccountHandle, sendAtMs: number) => {
    const body = { to: to.number, text: 'At its time', sendAt: new Date(sendAtMs).toISOString() };
    return call('POST', '/sessions/shop/send?wait=0', body);
  };
  const cancelled = await send(late, Date.now() + 3_600_000);
  expect(cancelled).toMatchObject({ status: 202, body: { queue: { reason: 'scheduled' } } });
  const path = `/sessions/shop/messages/${String(cancelled.body['messageId'])}`;
  expect((await call('DELETE', path)).status).toBe(200);
  const atMs = Date.now() + 4_000;
  const sent = await send(early, atMs);
  expect(sent.status).toBe(202);
  await dead(async () => {});
  const { messageId } = sent.body;
  await receiver.waitFor(({ body }) => body.data['messageId'] === messageId);
  const arrived = world.simulator.ledger.query({
    event: 'accepted',
    tag: 'message',
    id: String(messageId),
  });
  expect(arrived).toHaveLength(1);
  expect(arrived[0]?.atMs).toBeGreaterThanOrEqual(atMs);
  expect(inboxOf(early)).toEqual(['At its time']);
  expect(inboxOf(late)).toEqual([]);
  const failed = receiver.received.find(({ body }) => body.event === 'message.failed');
  expect(failed?.body.data).toMatchObject({ error: { code: 'send_cancelled' } });
});

it('does what its guide says', async () => {
  const [create, preview, ...more] = await examplesOf('schedules.md');
  if (!create || !preview) throw new Error('the guide shows two requests');
  expect(more).toEqual([]);
  const made = await follow(world.gateway, create, OPERATOR_KEY);
  expect(made).toMatchObject({ status: 201, body: { name: 'Menu of the day', enabled: true } });
  // 09:00 in São Paulo, which is three hours behind all year.
  expect(made.body['nextAt']).toMatch(/T12:00:00.000Z$/);
  const seen = await follow(world.gateway, preview, OPERATOR_KEY);
  expect(seen).toMatchObject({ status: 200, body: { next: { length: 5 } } });
  expect((await call('DELETE', `/sessions/shop/schedules/${String(made.body['id'])}`)).status).toBe(
    200,
  );
});

it('sends what came while it was down, once, and tells what it could not', async () => {
  // All of them are to have the same next minute.
  const minuteMs = Math.floor(Date.now() / 60_000) * 60_000;
  if (Date.now() > minuteMs + 40_000) await until(minuteMs + 60_000);
  const regular = someone('Regular');
  const gone = someone('Gone');
  const out = someone('Out');
  await call('PUT', `/opt-outs/${out.number}`, {});
  const make = async ({ number }: AccountHandle, fields: object = {}) => {
    const rhythm = { cron: '* * * * *', timeZone: 'Asia/Kolkata', maxOccurrences: 1 };
    const body = { ...rhythm, to: number, text: 'By the minute', ...fields };
    const made = await call('POST', '/sessions/shop/schedules', body);
    expect(made.status).toBe(201);
    return made.body;
  };
  const kept = await make(regular, { name: 'Kept' });
  const removed = await make(gone);
  const resting = await make(gone, { enabled: false });
  const refused = await make(out);
  await call('DELETE', `/sessions/shop/schedules/${String(removed['id'])}`);
  const listed = (await call('GET', '/sessions/shop/schedules')).body;
  expect(listed['schedules']).toMatchObject([
    { id: refused['id'] },
    { id: resting['id'], nextAt: null },
    { id: kept['id'], nextAt: kept['nextAt'] },
  ]);

  await dead(() => until(Date.parse(String(kept['nextAt']))));
  await receiver.waitFor(({ body }) => body.data['text'] === 'By the minute');
  const failed = await receiver.waitFor(({ body }) => body.event === 'schedule.failed');
  expect(failed.body.data).toMatchObject({
    scheduleId: refused['id'],
    error: { code: 'recipient_opted_out' },
  });
  const after = await call('GET', `/sessions/shop/schedules/${String(kept['id'])}`);
  expect(after.body).toMatchObject({
    made: 1,
    missed: 0,
    nextAt: null,
    occurrences: [{ at: kept['nextAt'], messageId: regular.phone.inbox[0]?.id, error: null }],
  });
  expect(inboxOf(regular)).toEqual(['By the minute']);
  expect([...inboxOf(gone), ...inboxOf(out)]).toEqual([]);
});
