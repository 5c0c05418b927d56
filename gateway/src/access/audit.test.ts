import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../kernel/logger.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { type AuditDraft, createAuditLog } from './audit.ts';
import { createFixture, type Fixture, OPERATOR_KEY } from './fixture.ts';
import { createMemoryAccessStore } from './memory-store.ts';

const draft = (change: Partial<AuditDraft> = {}): AuditDraft => ({
  workspaceId: 'default',
  actor: { kind: 'operator' },
  action: 'POST /keys',
  target: {},
  outcome: 'done',
  status: 201,
  problem: null,
  address: '203.0.113.7',
  requestId: 'r1',
  ...change,
});

describe('the audit log', () => {
  function createLog(days = 90, rows = 100) {
    const clock = new VirtualClock();
    const store = createMemoryAccessStore();
    let next = 0;
    const ids = () => String(next++).padStart(26, '0');
    const retention = { days, rows };
    const log = createAuditLog({ store, clock, ids, logger: silentLogger, retention });
    const count = async () => (await log.list('default', { limit: 100_000 })).length;
    return { clock, store, log, count };
  }

  it('writes in batches, behind the answers', async () => {
    const { clock, log, count } = createLog();
    for (let i = 0; i < 20; i++) log.record(draft());
    expect(await count()).toBe(0);
    await clock.advance(250);
    expect(await count()).toBe(20);
    await log.close();
    expect(clock.pending).toBe(0);
  });

  it('keeps entries while storage is down, up to a limit, and writes them when it is back', async () => {
    const { clock, store, log, count } = createLog(90, 100_000);
    const down = vi.spyOn(store, 'appendAudit').mockRejectedValue(new Error('down'));
    for (let i = 0; i < 10_500; i++) log.record(draft());
    await clock.advance(5_000);
    expect(await count()).toBe(0);
    down.mockRestore();
    await clock.advance(250);
    expect(await count()).toBe(10_000);
    await log.close();
  });

  it('forgets by age and by number', async () => {
    const { clock, log, count } = createLog(1, 5);
    for (let i = 0; i < 8; i++) log.record(draft());
    await clock.advance(60 * 60_000 + 1_000);
    expect(await count()).toBe(5);
    await clock.advance(25 * 60 * 60_000);
    expect(await count()).toBe(0);
    await log.close();
    expect(clock.pending).toBe(0);
  });

  it('writes what waits when it is closed', async () => {
    const { log, count } = createLog();
    log.record(draft());
    await log.close();
    expect(await count()).toBe(1);
  });
});

describe('GET /audit', () => {
  let fixture: Fixture;
  afterEach(() => fixture.close());

  interface Entry {
    readonly action: string;
    readonly outcome: string;
    readonly problem: string | null;
    readonly target: object;
    readonly actor: { readonly kind: string; readonly keyName: string | null };
  }
  const read = async (query = ''): Promise<Entry[]> => {
    await fixture.clock.advance(250);
    return (await fixture.call('GET', `/audit${query}`)).json.entries;
  };

  it('tells who did what, on what, from where, and how it ended', async () => {
    fixture = await createFixture();
    const as = await fixture.makeKey({ name: 'n8n' });
    await fixture.call('POST', '/workspaces/default/proxy/api/sessions/support/start', { as });
    expect((await read())[0]).toMatchObject({
      action: 'POST /sessions/:id/start',
      actor: { kind: 'key', keyName: 'n8n' },
      target: { id: 'support' },
      outcome: 'done',
      status: 200,
      address: '203.0.113.7',
    });
  });

  it('holds changes and refusals, but neither reading nor noise', async () => {
    fixture = await createFixture();
    const as = await fixture.makeKey({ scopes: ['sessions:read'] });
    await fixture.call('GET', '/sessions', { as });
    await fixture.call('GET', '/sessions', { as: null });
    await fixture.call('GET', '/webhooks', { as });
    await fixture.call('GET', '/sessions', { as: 'guess' });
    await fixture.call('POST', '/sessions/support/send', { body: { to: 1 } });
    const entries = (await read()).map(({ action, problem, actor }) => [
      action,
      problem,
      actor.kind,
    ]);
    expect(entries).toEqual([
      ['POST /sessions/:id/send', 'wrong_type', 'operator'],
      ['GET /sessions', 'key_invalid', 'anonymous'],
      ['GET /webhooks', 'scope_missing', 'key'],
      ['POST /keys', null, 'operator'],
    ]);
  });

  it('never holds keys or text', async () => {
    fixture = await createFixture();
    const as = await fixture.makeKey({});
    const secret = 'wsk_live_guess-of-a-key';
    await fixture.call('GET', '/sessions?key=wsk_live_guess-of-a-key', { as: secret });
    const body = { to: '5511999999999', text: 'the gold is in the garden' };
    await fixture.call('POST', '/sessions/support/send', { as, body });
    await fixture.clock.advance(250);
    const { text } = await fixture.call('GET', '/audit');
    for (const word of [as, secret, 'gold', OPERATOR_KEY]) expect(text).not.toContain(word);
    expect(text).toContain('POST /sessions/:id/send');
  });

  it('is on disk before a change of rights is answered', async () => {
    fixture = await createFixture();
    await fixture.makeKey({});
    expect(await fixture.store.audit('default', { limit: 10 })).toHaveLength(1);
  });

  it('pages and filters', async () => {
    fixture = await createFixture();
    for (const id of ['a', 'b', 'c']) await fixture.call('POST', `/sessions/${id}/start`);
    await fixture.call('GET', '/sessions', { as: 'guess' });
    await fixture.clock.advance(250);
    const page = await fixture.call('GET', '/audit?limit=2&actor=operator');
    expect(page.json.entries.map(({ target }: Entry) => target)).toEqual([
      { id: 'c' },
      { id: 'b' },
    ]);
    const rest = await fixture.call(
      'GET',
      `/audit?limit=2&actor=operator&before=${page.json.next}`,
    );
    expect(rest.json.entries.map(({ target }: Entry) => target)).toEqual([{ id: 'a' }]);
    expect(rest.json.next).toBeNull();
    expect(await read('?outcome=refused')).toHaveLength(1);
    expect(await read('?action=POST%20/sessions/*')).toHaveLength(3);
    const { json } = await fixture.call('GET', '/audit?actor=nobody');
    expect(json.code).toBe('invalid_request');
  });

  it('is per workspace', async () => {
    fixture = await createFixture();
    await fixture.call('POST', '/workspaces', { body: { id: 'acme' } });
    const as = await fixture.makeKey({}, 'acme');
    const own = (await fixture.call('GET', '/audit', { as })).json.entries;
    expect(own.map(({ action }: Entry) => action)).toEqual(['POST /keys']);
    expect((await read()).map(({ action }) => action)).toEqual(['POST /workspaces']);
  });
});
