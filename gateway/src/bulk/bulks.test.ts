import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventRecord } from '../events/store.ts';
import { systemClock as clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { Sender } from '../outbox/sender.ts';
import { boundTo, type Given, SendingService } from '../outbox/testing/sending-service.ts';
import { createBulks } from './bulks.ts';
import { registerBulkRoutes } from './routes.ts';

let service: SendingService;
/** Messages that find the queue full, from now on. */
let refusals: number;

beforeEach(async () => {
  refusals = 0;
  service = await SendingService.with(['shop', 'branch'], clock, bulksOf);
});

afterEach(() => service.dispose());

function bulksOf(given: Given) {
  const { storage, sessions, sender } = given;
  const fulfil: Sender['fulfil'] = async (...of) => {
    if (refusals-- > 0) throw new Problem('queue_full', 'No room.');
    return sender.fulfil(...of);
  };
  const { bulks: store, pacing } = storage;
  const bulks = createBulks({ ...given, sender: { fulfil }, store, pacing });
  return {
    register: (app: SendingService['app']) =>
      registerBulkRoutes(app, {
        bulks,
        session: (...of) => sessions.resolve(...of).record,
        sessions,
      }),
    start: () => bulks.start(),
    stop: () => bulks.stop(),
  };
}

const call = (...of: Parameters<SendingService['call']>) => service.call(...of);

/** Resolves with the report that a bulk send is over, also when that came before. */
function finished(id: string): Promise<EventRecord> {
  const fits = ({ event, data }: EventRecord) => event === 'bulk.finished' && data.bulkId === id;
  const known = service.told.find(fits);
  if (known) return Promise.resolve(known);
  return new Promise((resolve) => {
    const stop = service.events.onCommitted((batch) => {
      const found = batch.events.find(fits);
      if (!found) return;
      stop();
      resolve(found);
    });
  });
}

const phone = (n: number) => `55119${String(n).padStart(8, '0')}`;
const people = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ to: phone(n), variables: { name: `Person ${n}` } }));
const wire = (id: string) => service.connections.get(id)?.wire ?? [];

describe('a bulk send', () => {
  it('gives everybody their own text once, and tells how it ended', async () => {
    const body = { name: 'Menu', recipients: people(250), text: 'Hello {{name}}' };
    const made = await call('POST', '/sessions/shop/bulk', body);
    expect(made.status).toBe(202);
    expect(made.body).toMatchObject({ state: 'running', name: 'Menu', total: 250, skipped: [] });
    const { data } = await finished(made.body.id);
    expect(data).toMatchObject({ state: 'finished', total: 250, sent: 250 });
    const wanted = people(250).map(
      ({ to, variables }) => `${to}@s.whatsapp.net Hello ${variables.name}`,
    );
    expect([...wire('shop')].sort()).toEqual(wanted.sort());
    const url = `/sessions/shop/bulk/${made.body.id}`;
    expect((await call('GET', url)).body).toMatchObject({
      state: 'finished',
      counts: { sent: 250 },
    });
    const page = (await call('GET', `${url}/recipients?state=sent&limit=2&after=5`)).body;
    expect(page).toMatchObject({
      recipients: [{ position: 6, session: 'shop', messageStatus: 'sent' }, { position: 7 }],
      next: 7,
    });
    expect((await call('POST', `${url}/pause`)).body.code).toBe('bulk_over');
    expect((await call('GET', '/sessions/shop/bulk')).body.bulks).toHaveLength(1);
    expect((await call('GET', '/sessions/branch/bulk/' + made.body.id)).status).toBe(404);
  });

  it('says before it begins who gets nothing, and afterwards who turned out to', async () => {
    const csv =
      'to,name\n5511911111111,Ana\n123,Bob\n+55 11 91111-1111,Ana again\n999000000,Nobody\n55580000000,Eva\n77780000000,Eva again\n5511922222222,Out\n';
    await call('PUT', '/opt-outs/5511922222222', {});
    const made = await call('POST', '/sessions/shop/bulk?text=Hi%20%7B%7Bname%7D%7D', csv, {
      'content-type': 'text/csv',
    });
    expect(made.body.skipped).toEqual([
      { position: 2, line: 3, to: '123', code: 'invalid_recipient', reason: expect.any(String) },
      {
        position: 3,
        line: 4,
        to: '+55 11 91111-1111',
        code: 'duplicate_recipient',
        reason: 'The same as recipient 1.',
      },
    ]);
    const { data } = await finished(made.body.id);
    expect(data).toMatchObject({ sent: 2, skipped: 5, failed: 0 });
    const url = `/sessions/shop/bulk/${made.body.id}/recipients?state=skipped`;
    const codes = (await call('GET', url)).body.recipients.map(
      (one: { error: { code: string } }) => one.error.code,
    );
    expect(codes.sort()).toEqual([
      'duplicate_recipient',
      'duplicate_recipient',
      'invalid_recipient',
      'recipient_not_found',
      'recipient_opted_out',
    ]);
  });

  it('stops at once when it is paused, goes on where it was, and can be given up', async () => {
    service.connections.delete('shop');
    const body = { recipients: people(150), text: 'Hello {{name}}' };
    const made = await call('POST', '/sessions/shop/bulk', body);
    const url = `/sessions/shop/bulk/${made.body.id}`;
    const paused = await call('POST', `${url}/pause`);
    expect(paused.body).toMatchObject({
      state: 'paused',
      waitsFor: {
        reason: 'paused',
        explanation: expect.stringContaining('POST /sessions/{id}/bulk/{bulkId}/resume'),
      },
    });
    const counts = (await call('GET', url)).body.counts;
    expect(counts).toMatchObject({ waiting: 150, queued: 0, sent: 0 });
    expect((await call('GET', '/sessions/shop/outbox')).body.counts.total).toBe(0);
    await call('POST', `${url}/resume`);
    const over = finished(made.body.id);
    expect((await call('POST', `${url}/cancel`)).body.counts).toMatchObject({ cancelled: 150 });
    expect((await over).data).toMatchObject({ state: 'cancelled', sent: 0 });
    expect(wire('shop')).toEqual([]);
  });

  it('goes on after a restart, with the ids that were reserved', async () => {
    const shop = service.connections.get('shop');
    service.connections.delete('shop');
    const body = { recipients: people(120), text: 'Hello {{name}}' };
    const { id } = (await call('POST', '/sessions/shop/bulk', body)).body;
    const url = `/sessions/shop/bulk/${id}/recipients?limit=200`;
    const idsOf = async () =>
      (await call('GET', url)).body.recipients.map((one: { messageId: string }) => one.messageId);
    const before = await idsOf();
    await service.stop();
    await service.start();
    if (shop) service.connections.set('shop', shop);
    const over = finished(id);
    for (const { key } of service.records) service.sending.outbox.wake(key);
    expect((await over).data).toMatchObject({ sent: 120 });
    expect(new Set(wire('shop')).size).toBe(120);
    expect(await idsOf()).toEqual(before);
  });

  it('waits for room in a queue that is full, however often it is', async () => {
    refusals = 100;
    const body = { recipients: people(3), text: 'Hello {{name}}' };
    const { id } = (await call('POST', '/sessions/shop/bulk', body)).body;
    const url = `/sessions/shop/bulk/${id}`;
    for (let look = 0; look < 10; look++) {
      const before = refusals;
      await call('POST', `${url}/resume`);
      await expect.poll(() => refusals).toBeLessThan(before);
    }
    const { counts } = (await call('GET', url)).body;
    expect(counts).toMatchObject({ waiting: 3, queued: 0, failed: 0 });
    refusals = 0;
    await call('POST', `${url}/resume`);
    expect((await finished(id)).data).toMatchObject({ sent: 3 });
  });

  it('is shared by a pool; people hear from whom they know', async () => {
    const [, branch] = service.records;
    await service.storage.pacing.heard(branch?.key ?? 0, `${phone(1)}@s.whatsapp.net`, clock.now());
    const body = { recipients: people(60), text: 'Hello {{name}}', sessions: ['branch'] };
    const made = await call('POST', '/sessions/shop/bulk', body);
    expect(made.body.sessions).toEqual(['shop', 'branch']);
    expect((await finished(made.body.id)).data).toMatchObject({ sent: 60 });
    expect(wire('branch')).toContain(`${phone(1)}@s.whatsapp.net Hello Person 1`);
    expect(wire('shop').length).toBeGreaterThan(10);
    expect(wire('branch').length).toBeGreaterThan(10);
    expect(wire('shop').length + wire('branch').length).toBe(60);
  });

  it('is made once for each idempotency key', async () => {
    const recipients = [...people(3), 'nobody', phone(1), phone(4)];
    const body = { recipients, text: 'Hello {{name}}' };
    const headers = { 'idempotency-key': 'sale 1' };
    const first = await call('POST', '/sessions/shop/bulk', body, headers);
    expect(first.body.skipped.map(({ position }: { position: number }) => position)).toEqual([
      4, 5, 6,
    ]);
    await finished(first.body.id);
    const again = await call('POST', '/sessions/shop/bulk', body, headers);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toMatchObject({ id: first.body.id, state: 'finished' });
    expect(again.body.skipped).toEqual(first.body.skipped);
    const other = await call('POST', '/sessions/shop/bulk', { ...body, text: 'Other' }, headers);
    expect(other.body.code).toBe('idempotency_key_reused');
    expect(wire('shop')).toHaveLength(3);
  });

  it('is for a key that is bound to chats when all of it goes to them', async () => {
    const url = '/sessions/shop/bulk';
    const others = (await call('POST', url, { recipients: people(3), text: 'Hello' })).body;
    await finished(others.id);
    service.caller = boundTo(phone(0), phone(1));
    const refused = await call('POST', url, { recipients: people(3), text: 'Hello' });
    expect(refused.body).toMatchObject({ status: 403, code: 'chat_not_allowed' });
    const forward = { recipients: people(2), forward: { messageId: '3EB0' } };
    expect((await call('POST', url, forward)).body.code).toBe('chat_not_allowed');
    const own = (await call('POST', url, { recipients: people(2), text: 'Hello' })).body;
    await finished(own.id);
    expect((await call('GET', url)).body.bulks).toMatchObject([{ id: own.id }]);
    expect((await call('GET', `${url}/${own.id}/recipients`)).body.recipients).toHaveLength(2);
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/recipients'],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/cancel'],
    ] as const) {
      const answer = await call(method, `${url}/${others.id}${path}`);
      expect(answer.body.code).toBe('chat_not_allowed');
    }
  });

  it('is only thought about in a dry run, by the pace of the session', async () => {
    await call('PUT', '/sessions/shop/pacing', { preset: 'gentle' });
    const body = {
      recipients: [...people(300), 'nobody'],
      text: 'Hello {{name}}, hear our news',
      dryRun: true,
    };
    const { status, body: answer } = await call('POST', '/sessions/shop/bulk', body);
    expect(status).toBe(200);
    expect(answer).toMatchObject({ dryRun: true, total: 301, wouldSend: 300 });
    expect(answer.skipped).toMatchObject([{ position: 301, code: 'invalid_recipient' }]);
    // A number that was linked just now begins 20 chats on its first day, then 30, 40, ...
    expect(answer.forecast).toMatchObject({ toNewPeople: 300, heldBy: expect.any(Array) });
    expect(answer.forecast.days.length).toBeGreaterThan(4);
    expect(answer.forecast.heldBy[0].explanation).toEqual(expect.any(String));
    expect((await call('GET', '/sessions/shop/bulk')).body.bulks).toEqual([]);
    expect(wire('shop')).toEqual([]);
  });

  it.each([
    [{ recipients: ['5511911111111'] }, 'content_missing'],
    [{ text: 'Hello' }, 'missing_field'],
    [{ recipients: ['5511911111111'], csv: 'to\n1', text: 'x' }, 'missing_field'],
    [{ recipients: [], text: 'Hello' }, 'no_recipients'],
    [{ recipients: ['x'], text: 'Hello' }, 'no_recipients'],
    [{ recipients: ['5511911111111'], text: 'Hello {{name}}' }, 'no_recipients'],
    [{ recipients: ['5511911111111'], to: '1', text: 'Hello' }, 'unknown_field'],
    [{ recipients: ['5511911111111'], text: 'Hello', colour: 'red' }, 'unknown_field'],
    [{ recipients: ['5511911111111'], text: 'Hello', sendAt: 'tomorrow' }, 'invalid_request'],
    [{ csv: 'name\nAna', text: 'Hello' }, 'invalid_csv'],
    [{ csv: `to\n${'5511911111111\n'.repeat(10_001)}`, text: 'Hello' }, 'invalid_request'],
  ])('refuses %j', async (body, code) => {
    const answer = await call('POST', '/sessions/shop/bulk', body);
    expect(answer.body.code).toBe(code);
    expect((await call('GET', '/sessions/shop/bulk')).body.bulks).toEqual([]);
  });

  it.each([
    [[], 'The list is empty: name at least one recipient.'],
    [
      [...people(2), 'nobody'],
      'Nobody of the list can be sent to. Has no value for nme (2 of 3). It is not a phone number',
    ],
  ])('says in words why nobody of a list can be sent to', async (recipients, detail) => {
    const body = { recipients, text: 'Hello {{nme}}' };
    const answer = await call('POST', '/sessions/shop/bulk', body);
    expect(answer.body).toMatchObject({ code: 'no_recipients' });
    expect(answer.body.detail).toContain(detail);
  });

  it('sends a table without a text to nobody, and says where a text can stand', async () => {
    const csv = 'to,name\n5511911111111,Ana\n';
    const headers = { 'content-type': 'text/csv' };
    const answer = await call('POST', '/sessions/shop/bulk', csv, headers);
    expect(answer.body).toMatchObject({
      code: 'content_missing',
      detail: 'Nothing says what to send: give ?text= or a column text.',
    });
    const none = await call('POST', '/sessions/shop/bulk', 'to,name\n', headers);
    expect(none.body.code).toBe('no_recipients');
  });

  it('gives nothing to somebody whose cell is empty', async () => {
    const csv = 'to,name\n5511911111111,Ana\n5511922222222,\n';
    const url = '/sessions/shop/bulk?text=Hello%20%7B%7Bname%7D%7D';
    const made = await call('POST', url, csv, { 'content-type': 'text/csv' });
    expect(made.body.skipped).toMatchObject([
      { line: 3, code: 'template_variables', reason: 'Has no value for name.' },
    ]);
    await finished(made.body.id);
    expect(wire('shop')).toEqual(['5511911111111@s.whatsapp.net Hello Ana']);
  });
});
