import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock as clock } from '../kernel/clock.ts';
import { boundTo, Directory, SendingService } from './testing/sending-service.ts';

let service: SendingService;
let connection: Directory;

beforeEach(async () => {
  service = await SendingService.with(['support']);
  connection = new Directory();
  setOnline(true);
});

afterEach(() => service.dispose());

/** Whether WhatsApp can be reached. */
function setOnline(online: boolean): void {
  if (online) service.connections.set('support', connection);
  else service.connections.delete('support');
}

const record = () => {
  const [only] = service.records;
  if (!only) throw new Error('there is one session');
  return only;
};

const call = (...of: Parameters<SendingService['call']>) => service.call(...of);

const send = (body: object, headers = {}, query = '') =>
  call('POST', `/sessions/support/send${query}`, body, headers);

const hello = { to: '5511888888888', text: 'hello' };

describe('sending over HTTP', () => {
  it('answers 200 when WhatsApp has the message', async () => {
    const { status, body } = await send(hello);
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      messageId: expect.stringMatching(/^3EB0/),
      status: 'sent',
      sessionId: 'support',
      to: {
        input: '5511888888888',
        chatId: '5511888888888@s.whatsapp.net',
        phone: '5511888888888',
        lid: null,
      },
    });
  });

  it('forwards for a key that is bound to chats what is of these, and hides what else there is', async () => {
    const own = (await send(hello)).body.messageId;
    const hidden = (await send({ to: '5511666666666', text: 'secret' })).body.messageId;
    service.caller = boundTo(hello.to);
    const forward = (messageId: string) => send({ to: hello.to, forward: { messageId } });
    const refused = (await forward(hidden)).body;
    expect(refused).toMatchObject({ status: 404, code: 'message_not_found' });
    const { detail } = (await forward('3EB0')).body;
    expect(refused.detail).toBe(detail.replace('3EB0', hidden));
    const flat = { to: hello.to, messageId: hidden };
    const again = await call('POST', '/sessions/support/messages/forward', flat);
    expect(again.body.code).toBe('message_not_found');
    expect((await forward(own)).status).toBe(200);
  });

  it('answers 202 with the place in the queue while the session is away', async () => {
    setOnline(false);
    service.state = { name: 'waiting_retry', sinceMs: 0, reason: 'lost', nextRetryAtMs: 0 };
    const { status, body } = await send(hello, {}, '?wait=0');
    expect(status).toBe(202);
    expect(body).toMatchObject({
      status: 'queued',
      queue: { position: 1, reason: 'disconnected', eta: null },
    });
    setOnline(true);
    service.state = { name: 'open', sinceMs: 0 };
    service.sending.outbox.wake(record().key);
    expect((await send({ ...hello, text: 'next' })).status).toBe(200);
    expect(connection.wire).toEqual([
      '5511888888888@s.whatsapp.net hello',
      '5511888888888@s.whatsapp.net next',
    ]);
  });

  it('fails what turns out to have no recipient once WhatsApp can be asked', async () => {
    setOnline(false);
    service.state = { name: 'connecting', sinceMs: 0, reason: 'start' };
    const { body } = await send({ to: '999123456789', text: 'hello' }, {}, '?wait=0');
    setOnline(true);
    service.sending.outbox.wake(record().key);
    service.state = { name: 'open', sinceMs: 0 };
    await send(hello);
    const message = await service.storage.messages.find(record().key, body.messageId);
    expect(message).toMatchObject({ status: 'failed', error: { code: 'recipient_not_found' } });
  });

  it('refuses at once what can never be sent', async () => {
    service.state = { name: 'logged_out', sinceMs: 0, reason: 'unlinked' };
    expect((await send(hello)).body).toMatchObject({ status: 409, code: 'session_not_open' });
    service.state = { name: 'open', sinceMs: 0 };
    const nobody = await send({ to: '999123456789', text: 'hello' });
    expect(nobody.body).toMatchObject({ status: 422, code: 'recipient_not_found' });
    expect(connection.relays).toHaveLength(0);
  });

  it('schedules, and refuses times that make no sense', async () => {
    const at = (ms: number) => new Date(clock.now() + ms).toISOString();
    const { status, body } = await send({ ...hello, sendAt: at(3_600_000) }, {}, '?wait=0');
    expect(status).toBe(202);
    expect(body.queue).toMatchObject({ reason: 'scheduled' });
    for (const timing of [
      { sendAt: 'tomorrow' },
      { sendAt: at(400 * 86_400_000) },
      { expiresAt: at(-1000) },
      { sendAt: at(60_000), expiresAt: at(30_000) },
    ]) {
      const refused = await send({ ...hello, ...timing });
      expect(refused.status).toBe(400);
      expect(refused.body.errors[0].field).toMatch(/^\/(sendAt|expiresAt)$/);
    }
  });

  it('varies a text that asks for it', async () => {
    await send({ to: hello.to, text: '{hello|good day} {name}', spin: true });
    await send({ to: hello.to, text: '{hello|good day}' });
    const [first, second] = connection.relays.map(({ bytes }) => bytes.split('#')[0]);
    expect(first).toMatch(/^(hello|good day) \{name\}$/);
    expect(second).toBe('{hello|good day}');
  });
});

describe('an idempotency key', () => {
  const key = { 'idempotency-key': 'order 17' };

  it('makes a repeated request send nothing more', async () => {
    const first = await send(hello, key);
    const second = await send(hello, key);
    expect(second.body).toEqual(first.body);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(connection.relays).toHaveLength(1);
  });

  it('belongs to one request', async () => {
    await send(hello, key);
    const other = await send({ ...hello, text: 'something else' }, key);
    expect(other.body).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect((await send(hello, { 'idempotency-key': 'order 18' })).status).toBe(200);
  });

  it('is refused while the first request runs', async () => {
    connection.respond = null;
    const first = send(hello, key, '?wait=60');
    await expect.poll(() => connection.relays.length).toBe(1);
    const second = await send(hello, key);
    expect(second.body).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
    connection.relays[0]?.answer({ kind: 'acked' });
    expect((await first).status).toBe(200);
    expect((await send(hello, key)).status).toBe(200);
  });

  it('tells of a failure again, and forgets what was never accepted', async () => {
    connection.respond = () => ({ kind: 'rejected', code: 406 });
    const first = await send(hello, key);
    const second = await send(hello, key);
    expect([first.status, second.status]).toEqual([422, 422]);
    expect(second.body.code).toBe('message_not_acceptable');
    const nobody = { to: '999123456789', text: 'hello' };
    expect((await send(nobody, { 'idempotency-key': 'x' })).status).toBe(422);
    connection.respond = () => ({ kind: 'acked' });
    expect((await send(hello, { 'idempotency-key': 'x' })).status).toBe(200);
  });
});

describe('the queue over HTTP', () => {
  it('is listed, paused, thinned out, emptied and resumed', async () => {
    const paused = await call('POST', '/sessions/support/outbox/pause');
    expect(paused.body).toMatchObject({ counts: { total: 0 }, waitsFor: null });
    expect(paused.body.pausedAt).not.toBeNull();
    const ids: string[] = [];
    for (const text of ['1', '2', '3', '4']) {
      ids.push((await send({ ...hello, text }, {}, '?wait=0')).body.messageId);
    }
    const page = await call('GET', '/sessions/support/outbox?limit=2');
    expect(page.body).toMatchObject({
      counts: { total: 4, due: 4, scheduled: 0, bulk: 0, tried: 0 },
      waitsFor: { reason: 'paused', at: null },
      jobs: [{ messageId: ids[0] }, { messageId: ids[1] }],
      next: expect.any(String),
    });
    const rest = await call('GET', `/sessions/support/outbox?limit=3&after=${page.body.next}`);
    expect(rest.body).toMatchObject({ jobs: [{ messageId: ids[2] }, {}], next: null });
    const madeUp = await call('GET', `/sessions/support/outbox?after=${ids[1]}`);
    expect(madeUp.body).toMatchObject({ status: 400, code: 'invalid_request' });
    const place = await call('GET', `/sessions/support/outbox/${ids[2]}`);
    expect(place.body).toMatchObject({ position: 3, reason: 'paused', eta: null });

    expect((await call('DELETE', `/sessions/support/outbox/${ids[0]}`)).status).toBe(200);
    expect((await call('DELETE', `/sessions/support/messages/${ids[1]}`)).status).toBe(200);
    const gone = await call('DELETE', `/sessions/support/outbox/${ids[0]}`);
    expect(gone.body).toMatchObject({ status: 404, code: 'message_not_found' });
    const message = await service.storage.messages.find(record().key, ids[0] ?? '');
    expect(message).toMatchObject({ status: 'failed', error: { code: 'send_cancelled' } });

    const cleared = await call('DELETE', '/sessions/support/outbox');
    expect(cleared.body).toEqual({ success: true, cancelled: 2 });
    const resumed = await call('POST', '/sessions/support/outbox/resume');
    expect(resumed.body).toMatchObject({ pausedAt: null, counts: { total: 0 } });
    expect((await send(hello)).status).toBe(200);
    expect(connection.wire).toEqual(['5511888888888@s.whatsapp.net hello']);
  });

  it('does not cancel what is being sent', async () => {
    connection.respond = null;
    const { messageId } = (await send(hello, {}, '?wait=0')).body;
    await expect.poll(() => connection.relays.length).toBe(1);
    const refused = await call('DELETE', `/sessions/support/outbox/${messageId}`);
    expect(refused.body).toMatchObject({ status: 409, code: 'message_not_cancellable' });
    expect((await call('GET', `/sessions/support/outbox/${messageId}`)).body).toMatchObject({
      reason: 'sending',
    });
    connection.relays[0]?.answer({ kind: 'acked' });
  });
});

describe('pacing over HTTP', () => {
  it('is set by preset or in detail, explained, and given back', async () => {
    const before = await call('GET', '/sessions/support/pacing');
    expect(before.body).toMatchObject({ source: 'default', policy: { preset: 'off' } });
    const strict = await call('PUT', '/sessions/support/pacing', {
      preset: 'strict',
      timeZone: 'Asia/Kolkata',
    });
    expect(strict.body).toMatchObject({
      source: 'session',
      policy: { preset: 'strict', quietHours: { timeZone: 'Asia/Kolkata' } },
      warmUp: { day: 1, newPeopleToday: 5, complete: false },
      usage: { cold: { day: { used: 0, limit: 50 } } },
    });
    const own = await call('PUT', '/sessions/support/pacing', {
      preset: 'gentle',
      quietHours: { from: '22:00', to: '07:00', timeZone: 'UTC', applies: 'all' },
    });
    expect(own.body).toMatchObject({ policy: { preset: 'custom' } });
    expect(own.body.explanation).toContain('From 22:00 to 07:00 (UTC) nothing is sent.');
    const stored = await service.storage.pacing.load(record().key);
    expect(stored?.policy?.quietHours?.from).toBe('22:00');
    const after = await call('DELETE', '/sessions/support/pacing');
    expect(after.body).toMatchObject({ source: 'default', policy: { preset: 'off' } });
  });

  it('is refused where it makes no sense', async () => {
    for (const body of [
      { preset: 'fast' },
      { timeZone: 'Mars/Olympus' },
      { warmForMs: 1 },
      { all: { gapMs: { min: 5, max: 1 }, perMinute: 1, perHour: 1, perDay: 1 } },
      { speed: 9 },
    ]) {
      expect((await call('PUT', '/sessions/support/pacing', body)).status).toBe(400);
    }
  });

  it('tells what WhatsApp holds back', async () => {
    const untilMs = clock.now() + 3_600_000;
    await service.sending.outbox.restricted(record(), { type: 'reach_out', active: true, untilMs });
    const { body } = await call('GET', '/sessions/support/pacing');
    expect(body.restrictions).toEqual({
      newPeople: { until: new Date(untilMs).toISOString(), cause: 'reach_out_timelock' },
      everything: null,
      newChatQuota: null,
    });
    const { messageId } = (await send(hello, {}, '?wait=0')).body;
    expect((await call('GET', `/sessions/support/outbox/${messageId}`)).body).toMatchObject({
      reason: 'restricted',
      eta: new Date(untilMs).toISOString(),
    });
  });

  it('shows its presets', async () => {
    const { body } = await call('GET', '/pacing/presets');
    expect(body.map(({ preset }: { preset: string }) => preset)).toEqual([
      'off',
      'gentle',
      'strict',
    ]);
  });
});

describe('the opt-out list', () => {
  it('keeps messages from people who are on it, also those that wait already', async () => {
    await call('POST', '/sessions/support/outbox/pause');
    const waiting = (await send(hello, {}, '?wait=0')).body;
    const listed = await call('PUT', '/opt-outs/+55 11 88888-8888', { note: 'asked by phone' });
    expect(listed.body).toMatchObject({
      chatId: '5511888888888@s.whatsapp.net',
      source: 'api',
      note: 'asked by phone',
    });
    expect((await send(hello)).body).toMatchObject({ status: 422, code: 'recipient_opted_out' });
    await call('POST', '/sessions/support/outbox/resume');
    await expect
      .poll(
        async () =>
          (await service.storage.messages.find(record().key, waiting.messageId))?.error?.code,
      )
      .toBe('recipient_opted_out');
    expect((await call('GET', '/opt-outs')).body.items).toHaveLength(1);
    expect((await call('DELETE', '/opt-outs/5511888888888')).status).toBe(200);
    expect((await call('DELETE', '/opt-outs/5511888888888')).body.code).toBe('opt_out_not_found');
    expect((await send(hello)).status).toBe(200);
  });

  it('has words of its own, and lists people only', async () => {
    expect((await call('GET', '/opt-out-words')).body.stop).toContain('stop');
    const words = { stop: ['baja'], start: [] };
    expect((await call('PUT', '/opt-out-words', words)).body).toEqual(words);
    expect((await call('GET', '/opt-out-words')).body).toEqual(words);
    expect((await call('PUT', '/opt-outs/120363041234567890@g.us')).body).toMatchObject({
      status: 400,
      code: 'invalid_recipient',
    });
  });
});
