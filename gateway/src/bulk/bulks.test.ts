import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, LOCAL } from '../access/caller.ts';
import { createEvents, type Events } from '../events/events.ts';
import type { EventRecord } from '../events/store.ts';
import { type App, createHttp } from '../http/app.ts';
import { systemClock as clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import { createIdSource } from '../kernel/ids.ts';
import { silentLogger as logger } from '../kernel/logger.ts';
import { systemRandom as random } from '../kernel/random.ts';
import type { Composer } from '../messages/outgoing.ts';
import { shownOf } from '../messages/shown.ts';
import { createSending, type Sending } from '../outbox/sending.ts';
import { ScriptedConnection } from '../outbox/testing/scripted-connection.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { Storage } from '../storage/port.ts';
import { openSqlite } from '../storage/sqlite/open.ts';
import { makeTestFolder, type TestFolder } from '../storage/sqlite/testing/folder.ts';
import type { Lookup } from '../whatsapp/port.ts';
import { type Bulks, createBulks } from './bulks.ts';
import { registerBulkRoutes } from './routes.ts';

/** Knows every number but those that begin with 999; one that begins with 777 is spelled with 555. */
class Directory extends ScriptedConnection {
  override async lookUp(phones: readonly string[]): Promise<Lookup[]> {
    return phones.map((phone) => {
      const exists = !phone.startsWith('999');
      const spelled = phone.replace(/^777/, '555');
      return { phone, exists, chatId: exists ? `${spelled}@s.whatsapp.net` : null, lid: null };
    });
  }
}

const composer: Composer = {
  async compose({ content, options }) {
    const text = content.type === 'text' ? content.text : content.type;
    const body = { type: 'text', text } as const;
    const shown = shownOf(body, options, null, []);
    return { content: body, files: [], shown, renderedAs: null };
  },
};

const ids = createIdSource(clock, random);

let folder: TestFolder;
let storage: Storage;
let events: Events;
let sending: Sending;
let bulks: Bulks;
let app: App;
let caller: Caller;
let told: EventRecord[];
/** By session id; a session without one is not connected. */
let connections: Map<string, Directory>;
let records: SessionRecord[];
/** Messages that find the queue full, from now on. */
let refusals: number;

async function begin(): Promise<void> {
  storage = await openSqlite({ file: folder.file, logger });
  records = (await storage.sessions.all()).map((made) => ({ ...made, phone: '5511999999999' }));
  events = createEvents({ store: storage.events, clock, ids, endpoints: () => [] });
  events.onCommitted((batch) => void told.push(...batch.events));
  const recordOf = (key: SessionKey) => records.find((one) => one.key === key) ?? null;
  const resolve = (_workspaceId: string, id: string) => {
    const record = records.find((one) => one.id === id);
    if (!record) throw new Error(`no session ${id}`);
    return { record, state: { name: 'open', sinceMs: 0 } as const };
  };
  const sessions = {
    resolve,
    recordOf,
    connectionOf: (key: SessionKey) => connections.get(recordOf(key)?.id ?? '') ?? null,
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
  const { outbox, sender, recipients } = sending;
  const { bulks: store, pacing } = storage;
  const fulfil: typeof sender.fulfil = async (...of) => {
    if (refusals-- > 0) throw new Problem('queue_full', 'No room.');
    return sender.fulfil(...of);
  };
  const needs = { sessions, outbox, recipients, events, clock, random, ids, logger };
  const parts = { ...needs, sender: { fulfil } };
  bulks = createBulks({ ...parts, store, pacing });
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
      (scope) =>
        registerBulkRoutes(scope, { bulks, session: (...of) => resolve(...of).record, sessions }),
    ],
  });
  await bulks.start();
}

async function end(): Promise<void> {
  await app.close();
  await bulks.stop();
  await sending.outbox.stop();
  await storage.close();
}

beforeEach(async () => {
  folder = await makeTestFolder();
  const first = await openSqlite({ file: folder.file, logger });
  for (const id of ['shop', 'branch']) await first.sessions.create('default', id, clock.now());
  await first.close();
  connections = new Map([
    ['shop', new Directory()],
    ['branch', new Directory()],
  ]);
  told = [];
  refusals = 0;
  caller = LOCAL;
  await begin();
});

afterEach(async () => {
  await end();
  await folder.remove();
});

async function call(
  method: 'GET' | 'POST' | 'PUT',
  url: string,
  payload?: object | string,
  headers = {},
) {
  const answer = await app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}

/** Resolves with the report that a bulk send is over, also when that came before. */
function finished(id: string): Promise<EventRecord> {
  const fits = ({ event, data }: EventRecord) => event === 'bulk.finished' && data.bulkId === id;
  const known = told.find(fits);
  if (known) return Promise.resolve(known);
  return new Promise((resolve) => {
    const stop = events.onCommitted((batch) => {
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
const wire = (id: string) => connections.get(id)?.wire ?? [];

/** Somebody whose key is bound to these chats. */
const boundTo = (...chats: string[]): Caller => ({
  ...LOCAL,
  permissions: { ...LOCAL.permissions, bindings: { sessions: null, networks: null, chats } },
});

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
      nextPage: 7,
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
    connections.delete('shop');
    const body = { recipients: people(150), text: 'Hello {{name}}' };
    const made = await call('POST', '/sessions/shop/bulk', body);
    const url = `/sessions/shop/bulk/${made.body.id}`;
    const paused = await call('POST', `${url}/pause`);
    expect(paused.body).toMatchObject({ state: 'paused', waitsFor: { reason: 'paused' } });
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
    const shop = connections.get('shop');
    connections.delete('shop');
    const body = { recipients: people(120), text: 'Hello {{name}}' };
    const { id } = (await call('POST', '/sessions/shop/bulk', body)).body;
    const url = `/sessions/shop/bulk/${id}/recipients?limit=200`;
    const idsOf = async () =>
      (await call('GET', url)).body.recipients.map((one: { messageId: string }) => one.messageId);
    const before = await idsOf();
    await end();
    await begin();
    if (shop) connections.set('shop', shop);
    const over = finished(id);
    for (const { key } of records) sending.outbox.wake(key);
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
    const [, branch] = records;
    await storage.pacing.heard(branch?.key ?? 0, `${phone(1)}@s.whatsapp.net`, clock.now());
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
    const body = { recipients: people(3), text: 'Hello {{name}}' };
    const headers = { 'idempotency-key': 'sale 1' };
    const first = await call('POST', '/sessions/shop/bulk', body, headers);
    await finished(first.body.id);
    const again = await call('POST', '/sessions/shop/bulk', body, headers);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toMatchObject({ id: first.body.id, state: 'finished' });
    const other = await call('POST', '/sessions/shop/bulk', { ...body, text: 'Other' }, headers);
    expect(other.body.code).toBe('idempotency_key_reused');
    expect(wire('shop')).toHaveLength(3);
  });

  it('is for a key that is bound to chats when all of it goes to them', async () => {
    const url = '/sessions/shop/bulk';
    const others = (await call('POST', url, { recipients: people(3), text: 'Hello' })).body;
    await finished(others.id);
    caller = boundTo(phone(0), phone(1));
    const refused = await call('POST', url, { recipients: people(3), text: 'Hello' });
    expect(refused.body).toMatchObject({ status: 403, code: 'chat_not_allowed' });
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
});
