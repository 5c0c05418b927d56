import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../kernel/errors.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { boundTo, type Given, SendingService } from '../outbox/testing/sending-service.ts';
import { registerScheduleRoutes } from './routes.ts';
import { createSchedules } from './schedules.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A Monday. */
const NOON = Date.parse('2026-03-02T12:00:00Z');

let clock: VirtualClock;
let service: SendingService;

beforeEach(async () => {
  clock = new VirtualClock(NOON - MINUTE_MS);
  service = await SendingService.with(['shop'], clock, schedulesOf);
});

afterEach(() => service.dispose());

function schedulesOf(given: Given) {
  const { storage, sessions } = given;
  const schedules = createSchedules({ ...given, store: storage.schedules });
  return {
    register: (app: SendingService['app']) =>
      registerScheduleRoutes(app, {
        schedules,
        session: (...of) => sessions.resolve(...of).record,
      }),
    start: () => schedules.start(),
    stop: () => schedules.stop(),
  };
}

const call = (...of: Parameters<SendingService['call']>) => service.call(...of);
const wire = () => service.connections.get('shop')?.wire;

const ROOT = '/sessions/shop/schedules';
const hourly = { cron: '0 * * * *', to: '+1 555 000 1000', text: 'On the hour' };
const make = async (body: object = {}) => (await call('POST', ROOT, { ...hourly, ...body })).body;
const read = async (id: string) => (await call('GET', `${ROOT}/${id}`)).body;
const isoAt = (ms: number) => new Date(ms).toISOString();

/** Waits until the loop has seen to what is due. */
const seenTo = (id: string, expected: object) =>
  expect.poll(() => read(id)).toMatchObject(expected);

describe('a schedule', () => {
  it('sends at its instants, shows what comes and what was, and is listed', async () => {
    const made = await call('POST', ROOT, { ...hourly, name: 'Bell', timeZone: 'Asia/Kolkata' });
    expect(made.status).toBe(201);
    // Kolkata is half an hour off.
    const next = [30, 90, 150, 210, 270].map((minutes) => isoAt(NOON + minutes * MINUTE_MS));
    expect(made.body).toMatchObject({ name: 'Bell', enabled: true, made: 0, next });
    expect(made.body.inWords).toBe('At minute 0 of every hour (Asia/Kolkata).');
    const { id } = made.body;
    await clock.advance(31 * MINUTE_MS);
    await seenTo(id, { made: 1, next: [next[1], next[2], next[3], next[4], {}] });
    await expect.poll(() => wire()).toEqual(['15550001000@s.whatsapp.net On the hour']);
    await seenTo(id, { occurrences: [{ at: next[0], messageStatus: 'sent', error: null }] });
    const [{ messageId }] = (await read(id)).occurrences;
    expect(service.told.find(({ event }) => event === 'message.sent')?.data).toMatchObject({
      messageId,
    });
    await make();
    const page = (await call('GET', `${ROOT}?limit=1`)).body;
    const rest = (await call('GET', `${ROOT}?limit=1&after=${page.next}`)).body;
    expect(rest.schedules).toMatchObject([{ id, nextAt: next[1] }]);
  });

  it('after an outage sends the newest missed one alone, once', async () => {
    const { id } = await make();
    await service.stop();
    await clock.advance(5 * HOUR_MS + MINUTE_MS);
    await service.start();
    await seenTo(id, { made: 1, missed: 5, nextAt: isoAt(NOON + 6 * HOUR_MS) });
    await service.stop();
    await service.start();
    await expect.poll(() => wire()).toHaveLength(1);
    expect((await read(id)).occurrences).toMatchObject([{ at: isoAt(NOON + 5 * HOUR_MS) }]);
    const { id: daily } = await make({ cron: '0 18 * * *' });
    await service.stop();
    await clock.advance(3 * HOUR_MS);
    await service.start();
    await seenTo(daily, { made: 0, missed: 1, occurrences: [] });
  });

  it('rests while the session takes no messages, and tells why', async () => {
    service.state = { name: 'logged_out', sinceMs: 0, reason: 'logged_out' };
    const { id } = await make();
    await clock.advance(2 * MINUTE_MS);
    await seenTo(id, {
      made: 0,
      missed: 1,
      occurrences: [{ error: { code: 'session_not_open' } }],
    });
    service.state = { name: 'open', sinceMs: 0 };
    await clock.advance(HOUR_MS);
    await seenTo(id, { made: 1, missed: 1 });
    expect(service.told.filter(({ event }) => event === 'schedule.failed')).toEqual([]);
  });

  it('skips who opted out, and reports it', async () => {
    await call('PUT', '/opt-outs/15550001000', {});
    const { id } = await make({ name: 'Bell' });
    await clock.advance(2 * MINUTE_MS);
    await seenTo(id, { missed: 1, occurrences: [{ error: { code: 'recipient_opted_out' } }] });
    expect(service.told.filter(({ event }) => event === 'schedule.failed')).toMatchObject([
      { data: { scheduleId: id, name: 'Bell', occurrenceAt: isoAt(NOON) } },
    ]);
  });

  it('tries again what may pass', async () => {
    service.faults = [new Problem('media_timeout', 'Slow.'), new Problem('media_timeout', 'Slow.')];
    const { id } = await make();
    await clock.advance(2 * MINUTE_MS);
    await expect
      .poll(async () => {
        await clock.advance(MINUTE_MS);
        return (await read(id)).made;
      })
      .toBe(1);
    expect(await read(id)).toMatchObject({ missed: 0, occurrences: [{ at: isoAt(NOON) }] });
  });

  it('ends after so many messages, and goes on when it may have more', async () => {
    const { id } = await make({ maxOccurrences: 1 });
    expect(await read(id)).toMatchObject({ next: [isoAt(NOON)] });
    await clock.advance(2 * MINUTE_MS);
    await seenTo(id, { made: 1, nextAt: null, next: [] });
    const more = await call('PATCH', `${ROOT}/${id}`, { maxOccurrences: 2 });
    expect(more.body).toMatchObject({ next: [isoAt(NOON + HOUR_MS)] });
  });

  it('is changed, disabled, enabled and removed', async () => {
    const { id } = await make();
    const url = `${ROOT}/${id}`;
    expect((await call('PATCH', url, { enabled: false })).body).toMatchObject({ nextAt: null });
    await clock.advance(2 * HOUR_MS);
    expect(await read(id)).toMatchObject({ made: 0, missed: 0, next: [] });
    const changes = { enabled: true, cron: '30 * * * *', text: 'Half past', name: 'Half' };
    const changed = await call('PATCH', url, changes);
    expect(changed.body).toMatchObject({
      name: 'Half',
      content: { text: 'Half past' },
      nextAt: isoAt(NOON + 2.5 * HOUR_MS),
    });
    await clock.advance(HOUR_MS);
    await expect.poll(() => wire()).toEqual(['15550001000@s.whatsapp.net Half past']);
    expect((await call('DELETE', url)).body).toEqual({ success: true });
    for (const method of ['GET', 'DELETE'] as const) {
      expect((await call(method, url)).body.code).toBe('schedule_not_found');
    }
  });

  it('is made once for each idempotency key', async () => {
    const headers = { 'idempotency-key': 'bell 1' };
    const first = await call('POST', ROOT, hourly, headers);
    const again = await call('POST', ROOT, hourly, headers);
    expect(again).toMatchObject({ status: 201, body: { id: first.body.id } });
    expect(again.headers['idempotency-replayed']).toBe('true');
    const other = await call('POST', ROOT, { ...hourly, text: 'Other' }, headers);
    expect(other.body.code).toBe('idempotency_key_reused');
    expect((await call('GET', ROOT)).body.schedules).toHaveLength(1);
  });

  it('is for a key that is bound to chats when it goes to one of them', async () => {
    const others = await make({ to: '15550002000' });
    service.caller = boundTo('15550001000');
    const own = await make();
    expect((await call('GET', ROOT)).body.schedules).toMatchObject([{ id: own.id }]);
    const away = await call('PATCH', `${ROOT}/${own.id}`, { to: '15550002000' });
    expect(away.body).toMatchObject({ status: 403, code: 'chat_not_allowed' });
    const forward = { forward: { messageId: '3EB0' } };
    const { text: _, ...times } = hourly;
    for (const [method, url, body] of [
      ['POST', ROOT, { ...times, ...forward }],
      ['PATCH', `${ROOT}/${own.id}`, forward],
    ] as const) {
      expect((await call(method, url, body)).body.code).toBe('chat_not_allowed');
    }
    expect((await call('PATCH', `${ROOT}/${own.id}`, { enabled: false })).status).toBe(200);
    expect((await call('DELETE', `${ROOT}/${own.id}`)).status).toBe(200);
    for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
      const answer = await call(
        method,
        `${ROOT}/${others.id}`,
        method === 'PATCH' ? {} : undefined,
      );
      expect(answer.body.code).toBe('chat_not_allowed');
    }
  });

  it('is previewed without a trace', async () => {
    const preview = { cron: '0 9 * * 1-5', timeZone: 'America/Sao_Paulo' };
    expect((await call('POST', `${ROOT}/preview`, preview)).body).toMatchObject({
      inWords: 'At 09:00 on Monday to Friday (America/Sao_Paulo).',
      next: { length: 5, 0: isoAt(NOON), 1: isoAt(NOON + 24 * HOUR_MS) },
    });
    expect((await call('GET', ROOT)).body.schedules).toEqual([]);
  });

  it.each([
    [{ cron: 'hourly' }, 'invalid_cron', '/cron'],
    [{ timeZone: 'Mars' }, 'invalid_time_zone', '/timeZone'],
    [{ endsAt: '2020-01-01T00:00:00Z' }, 'invalid_request', '/endsAt'],
    [{ sendAt: '2030-01-01T00:00:00Z' }, 'unknown_field', '/sendAt'],
    [{ to: 'nobody' }, 'invalid_recipient', '/to'],
    [{ text: undefined }, 'content_missing', '/'],
    [{ cron: undefined }, 'missing_field', '/cron'],
    [{ maxOccurrences: 0 }, 'invalid_request', '/maxOccurrences'],
  ])('refuses %j', async (body, code, field) => {
    const answer = await call('POST', ROOT, { ...hourly, ...body });
    expect(answer.body).toMatchObject({ code, errors: [{ field }] });
    expect((await call('GET', ROOT)).body.schedules).toEqual([]);
  });
});
