import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, LOCAL } from '../access/caller.ts';
import { createEvents, type Events } from '../events/events.ts';
import type { EventRecord } from '../events/store.ts';
import { type App, createHttp } from '../http/app.ts';
import { Problem } from '../kernel/errors.ts';
import { createIdSource } from '../kernel/ids.ts';
import { silentLogger as logger } from '../kernel/logger.ts';
import { systemRandom as random } from '../kernel/random.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import type { Composer } from '../messages/outgoing.ts';
import { shownOf } from '../messages/shown.ts';
import { createSending, type Sending } from '../outbox/sending.ts';
import { ScriptedConnection } from '../outbox/testing/scripted-connection.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { Storage } from '../storage/port.ts';
import { openSqlite } from '../storage/sqlite/open.ts';
import { makeTestFolder, type TestFolder } from '../storage/sqlite/testing/folder.ts';
import type { Lookup } from '../whatsapp/port.ts';
import { registerScheduleRoutes } from './routes.ts';
import { createSchedules, type Schedules } from './schedules.ts';

/** Knows every number. */
class Directory extends ScriptedConnection {
  override async lookUp(phones: readonly string[]): Promise<Lookup[]> {
    return phones.map((phone) => {
      const chatId = `${phone}@s.whatsapp.net`;
      return { phone, exists: true, chatId, lid: null };
    });
  }
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A Monday. */
const NOON = Date.parse('2026-03-02T12:00:00Z');

let clock: VirtualClock;
let folder: TestFolder;
let storage: Storage;
let events: Events;
let sending: Sending;
let schedules: Schedules;
let app: App;
let caller: Caller;
let told: EventRecord[];
let record: SessionRecord;
let connection: ScriptedConnection;
let loggedOut: boolean;
/** Errors of the next messages that are made. */
let faults: Error[];

const composer: Composer = {
  async compose({ content, options }) {
    const fault = faults.shift();
    if (fault) throw fault;
    const text = content.type === 'text' ? content.text : content.type;
    const body = { type: 'text', text } as const;
    const shown = shownOf(body, options, null, []);
    return { content: body, files: [], shown, renderedAs: null };
  },
};

/** The service starts, on what is stored. */
async function begin(): Promise<void> {
  storage = await openSqlite({ file: folder.file, logger, clock });
  const ids = createIdSource(clock, random);
  record = await storage.sessions.create('default', 'shop', clock.now());
  record = { ...record, phone: '5511999999999' };
  events = createEvents({ store: storage.events, clock, ids, endpoints: () => [] });
  events.onCommitted((batch) => void told.push(...batch.events));
  const state = () => ({ name: loggedOut ? 'logged_out' : 'open', sinceMs: 0 }) as never;
  const sessions = {
    resolve: () => ({ record, state: state() }),
    recordOf: (key: SessionKey) => (key === record.key ? record : null),
    connectionOf: () => connection,
  };
  sending = createSending({
    storage,
    sessions,
    events,
    composer,
    uploads: { borrow: () => Promise.reject(new Error('nothing is uploaded here')) },
    mediaFolder: folder.file,
    discard: async () => {},
    timeZone: 'UTC',
    clock,
    random,
    logger,
  });
  const parts = { sessions, sender: sending.sender, events, clock, random, ids, logger };
  schedules = createSchedules({ ...parts, store: storage.schedules });
  app = await createHttp({
    logger,
    ids,
    version: '0',
    trustedProxies: [],
    guard: (base) => {
      base.decorateRequest('workspaceId', 'default');
      base.decorateRequest('caller', { getter: () => caller });
    },
    system: [],
    workspace: [
      (scope) => sending.registerRoutes(scope),
      (scope) => registerScheduleRoutes(scope, { schedules, session: () => record }),
    ],
  });
  await schedules.start();
}

async function end(): Promise<void> {
  await app.close();
  await schedules.stop();
  await sending.outbox.stop();
  await storage.close();
}

beforeEach(async () => {
  clock = new VirtualClock(NOON - MINUTE_MS);
  folder = await makeTestFolder();
  connection = new Directory();
  loggedOut = false;
  faults = [];
  told = [];
  caller = LOCAL;
  await begin();
});

afterEach(async () => {
  await end();
  await folder.remove();
});

async function call(
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  url: string,
  body?: object,
  headers = {},
) {
  const answer = await app.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}

const ROOT = '/sessions/shop/schedules';
const hourly = { cron: '0 * * * *', to: '+1 555 000 1000', text: 'On the hour' };
const make = async (body: object = {}) => (await call('POST', ROOT, { ...hourly, ...body })).body;
const read = async (id: string) => (await call('GET', `${ROOT}/${id}`)).body;
const isoAt = (ms: number) => new Date(ms).toISOString();

/** Waits until the loop has seen to what is due. */
const seenTo = (id: string, expected: object) =>
  expect.poll(() => read(id)).toMatchObject(expected);

/** Somebody whose key is bound to these chats. */
const boundTo = (...chats: string[]): Caller => ({
  ...LOCAL,
  permissions: { ...LOCAL.permissions, bindings: { sessions: null, networks: null, chats } },
});

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
    await expect.poll(() => connection.wire).toEqual(['15550001000@s.whatsapp.net On the hour']);
    await seenTo(id, { occurrences: [{ at: next[0], messageStatus: 'sent', error: null }] });
    const [{ messageId }] = (await read(id)).occurrences;
    expect(told.find(({ event }) => event === 'message.sent')?.data).toMatchObject({ messageId });
    await make();
    const page = (await call('GET', `${ROOT}?limit=1`)).body;
    const rest = (await call('GET', `${ROOT}?limit=1&after=${page.nextPage}`)).body;
    expect(rest.schedules).toMatchObject([{ id, nextAt: next[1] }]);
  });

  it('after an outage sends the newest missed one alone, once', async () => {
    const { id } = await make();
    await end();
    await clock.advance(5 * HOUR_MS + MINUTE_MS);
    await begin();
    await seenTo(id, { made: 1, missed: 5, nextAt: isoAt(NOON + 6 * HOUR_MS) });
    await end();
    await begin();
    await expect.poll(() => connection.wire).toHaveLength(1);
    expect((await read(id)).occurrences).toMatchObject([{ at: isoAt(NOON + 5 * HOUR_MS) }]);
    const { id: daily } = await make({ cron: '0 18 * * *' });
    await end();
    await clock.advance(3 * HOUR_MS);
    await begin();
    await seenTo(daily, { made: 0, missed: 1, occurrences: [] });
  });

  it('rests while the session takes no messages, and tells why', async () => {
    loggedOut = true;
    const { id } = await make();
    await clock.advance(2 * MINUTE_MS);
    await seenTo(id, {
      made: 0,
      missed: 1,
      occurrences: [{ error: { code: 'session_not_open' } }],
    });
    loggedOut = false;
    await clock.advance(HOUR_MS);
    await seenTo(id, { made: 1, missed: 1 });
    expect(told.filter(({ event }) => event === 'schedule.failed')).toEqual([]);
  });

  it('skips who opted out, and reports it', async () => {
    await call('PUT', '/opt-outs/15550001000', {});
    const { id } = await make({ name: 'Bell' });
    await clock.advance(2 * MINUTE_MS);
    await seenTo(id, { missed: 1, occurrences: [{ error: { code: 'recipient_opted_out' } }] });
    expect(told.filter(({ event }) => event === 'schedule.failed')).toMatchObject([
      { data: { scheduleId: id, name: 'Bell', occurrenceAt: isoAt(NOON) } },
    ]);
  });

  it('tries again what may pass', async () => {
    faults = [new Problem('media_timeout', 'Slow.'), new Problem('media_timeout', 'Slow.')];
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
    await expect.poll(() => connection.wire).toEqual(['15550001000@s.whatsapp.net Half past']);
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
    caller = boundTo('15550001000');
    const own = await make();
    expect((await call('GET', ROOT)).body.schedules).toMatchObject([{ id: own.id }]);
    const away = await call('PATCH', `${ROOT}/${own.id}`, { to: '15550002000' });
    expect(away.body).toMatchObject({ status: 403, code: 'chat_not_allowed' });
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
