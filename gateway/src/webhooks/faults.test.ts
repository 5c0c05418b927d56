import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openUnsynced } from '../storage/sqlite/testing/folder.ts';
import type { Attempt, DeliveryRecord } from './store.ts';
import { type RawServer, startRawServer } from './testing/faults.ts';
import {
  closeAll,
  ending,
  endpoint,
  type House,
  type HouseOptions,
  message,
  newFolder,
  openHouse,
  until,
} from './testing/house.ts';
import { type Answering, ok, type Receiver, startReceiver } from './testing/receiver.ts';

afterEach(closeAll);

async function receiver(answering?: Answering): Promise<Receiver> {
  return ending(await startReceiver(answering), (made) => made.close());
}

async function rawServer(onRequest: (socket: Socket) => void): Promise<RawServer> {
  return ending(await startRawServer(onRequest), (made) => made.close());
}

const house = async (options: HouseOptions) => openHouse(openUnsynced, await newFolder(), options);

const recordsOf = ({ storage }: House, id = 'one') =>
  storage.webhooks.deliveries(id, { limit: 100 });

async function settled(of: House, id = 'one'): Promise<DeliveryRecord[]> {
  await until(async () => (await recordsOf(of, id)).every(({ state }) => state !== 'pending'));
  return recordsOf(of, id);
}

/** Answers with these, one after the other, then 200. */
function answers(...each: Answering[]): Answering {
  return (response, received) => (each.shift() ?? ok)(response, received);
}

const status =
  (code: number, headers: Record<string, string> = {}): Answering =>
  (response) =>
    void response.writeHead(code, headers).end(`answer ${code}`);

describe('a receiver with a fault', () => {
  it.each<[string, Answering, Partial<Attempt>]>([
    ['500', status(500), { status: 500, errorStage: 'status', responseExcerpt: 'answer 500' }],
    ['404', status(404), { status: 404, errorStage: 'status' }],
    ['a redirect', status(302, { location: 'http://127.0.0.1/' }), { status: 302 }],
    ['a reset', (response) => response.socket?.resetAndDestroy(), { errorStage: 'body' }],
    ['silence', () => {}, { errorStage: 'timeout', status: null }],
    [
      'the boot page of n8n',
      (response) => void response.writeHead(200).end('n8n is starting up'),
      { status: 200, errorStage: 'status' },
    ],
  ])('%s is tried again until it takes the event', async (_what, fault, expected) => {
    const inbox = await receiver(answers(fault));
    const built = await house({ endpoints: [endpoint('one', inbox.url, { timeoutMs: 200 })] });
    await built.events.report([message('hello')]);
    const [record] = await settled(built);
    expect(record).toMatchObject({ state: 'delivered', nextAttemptAtMs: null });
    expect(record?.attempts).toMatchObject([
      { number: 1, ...expected },
      { number: 2, status: 200, errorStage: null, error: null },
    ]);
    expect(inbox.received.map(({ headers }) => headers['x-wasphere-attempt'])).toEqual(['1', '2']);
    expect(new Set(inbox.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it.each<[string, (socket: Socket) => void, Partial<Attempt>]>([
    [
      'drips its body',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
        const timer = setInterval(() => socket.write('x'), 10);
        socket.on('close', () => clearInterval(timer));
      },
      { status: 200, errorStage: null },
    ],
    [
      'sends less than it announced',
      (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort'),
      { status: 200, errorStage: null, responseExcerpt: 'short' },
    ],
    [
      'sends without end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const more = () => {
          while (socket.writable && socket.write('x'.repeat(10_000)));
          socket.once('drain', more);
        };
        more();
      },
      { status: 200, responseExcerpt: 'x'.repeat(16 * 1024) },
    ],
    [
      'answers with a NUL and broken UTF-8',
      (socket) => void socket.end(Buffer.from('HTTP/1.1 200 OK\r\n\r\na\0b\xff', 'latin1')),
      { status: 200, responseExcerpt: 'a\uFFFDb\uFFFD' },
    ],
  ])('that %s has still taken the event', async (_what, fault, expected) => {
    const server = await rawServer(fault);
    const url = `http://127.0.0.1:${server.port}/`;
    const built = await house({ endpoints: [endpoint('one', url, { timeoutMs: 300 })] });
    await built.events.report([message('hello')]);
    const [record] = await settled(built);
    expect(record).toMatchObject({ state: 'delivered', attempts: [expected] });
  });

  it('is told apart by the stage at which it failed', async () => {
    const closed = await rawServer(() => {});
    await closed.close();
    const plain = await rawServer((socket) => socket.end('no TLS'));
    const garbage = await rawServer((socket) => socket.end('garbage\r\n\r\n'));
    const urls = {
      connect: `http://127.0.0.1:${closed.port}/`,
      tls: `https://127.0.0.1:${plain.port}/`,
      dns: 'http://nowhere.invalid/',
      body: `http://127.0.0.1:${garbage.port}/`,
      guard: 'http://169.254.169.254/',
    };
    const built = await house({
      endpoints: Object.entries(urls).map(([id, url]) => endpoint(id, url, { retryDelaysMs: [] })),
    });
    await built.events.report([message('hello')]);
    for (const stage of Object.keys(urls)) {
      const [record] = await settled(built, stage);
      expect(record).toMatchObject({ state: 'failed', attempts: [{ errorStage: stage }] });
    }
  });

  it('that is gone is switched off, and the delivery waits until somebody switches it on', async () => {
    const inbox = await receiver(answers(status(410)));
    const built = await house({ endpoints: [endpoint('one', inbox.url)] });
    await built.events.report([message('hello')]);
    await until(() => built.webhooks.subscribers().length === 0);
    await until(async () => (await built.events.read('default', 0, 10)).length === 2);
    const [, news] = await built.events.read('default', 0, 10);
    expect(news).toMatchObject({ event: 'webhook.disabled', data: { reason: 'gone' } });
    expect(await recordsOf(built)).toMatchObject([{ state: 'pending', attempts: [{ number: 1 }] }]);
    await built.webhooks.endpoints.update('default', 'one', { active: true });
    expect(await settled(built)).toMatchObject([{ state: 'delivered' }]);
  });

  it('that asks for patience is left alone as a whole', async () => {
    const inbox = await receiver(answers(status(429, { 'retry-after': '1' })));
    const built = await house({ endpoints: [endpoint('one', inbox.url, { concurrency: 1 })] });
    await built.events.report([message('one', 'john')]);
    await until(() => inbox.received.length === 1);
    await built.events.report([message('two', 'ana')]);
    await settled(built);
    const records = (await recordsOf(built)).toReversed();
    expect(records[0]?.attempts[0]).toMatchObject({ status: 429 });
    const asked = records[0]?.attempts[0]?.startedAtMs ?? 0;
    for (const { attempts } of records) {
      expect((attempts.at(-1)?.startedAtMs ?? 0) - asked).toBeGreaterThanOrEqual(1_000);
    }
  });

  it('fails for good when the schedule is at its end, and can be replayed', async () => {
    const inbox = await receiver(status(500));
    const settings = { retryDelaysMs: [5, 5] };
    const built = await house({ endpoints: [endpoint('one', inbox.url, settings)] });
    await built.events.report([message('hello')]);
    expect(await settled(built)).toMatchObject([{ state: 'failed', attempts: [{}, {}, {}] }]);
    inbox.answering = ok;
    expect(await built.webhooks.deliveries.replay('default', 'one', { state: 'failed' })).toBe(1);
    expect(await settled(built)).toMatchObject([
      { state: 'delivered', attempts: [{}, {}, {}, { number: 4 }] },
    ]);
    expect(new Set(inbox.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });
});

describe('a receiver that is away', () => {
  it('slows no other', async () => {
    const dead = await receiver(() => {});
    const alive = await receiver();
    const built = await house({
      endpoints: [endpoint('dead', dead.url, { timeoutMs: 30_000 }), endpoint('one', alive.url)],
    });
    await built.events.report(
      Array.from({ length: 200 }, (_, i) => message(`m${i}`, `chat-${i % 50}`)),
    );
    await alive.waitFor(200);
    expect(await settled(built)).toHaveLength(100);
    expect(dead.received.length).toBeLessThanOrEqual(32);
  });

  it('blocks only the chat whose turn it is', async () => {
    const inbox = await receiver((response, { body }) =>
      response.writeHead(body.data.text === 'poison' ? 500 : 200).end(),
    );
    const settings = { retryDelaysMs: [60_000] };
    const built = await house({ endpoints: [endpoint('one', inbox.url, settings)] });
    await built.events.report([
      message('poison', 'john'),
      message('behind', 'john'),
      message('other', 'ana'),
    ]);
    await inbox.waitFor(2);
    await until(async () => (await recordsOf(built)).some(({ state }) => state === 'delivered'));
    expect(inbox.received.map(({ body }) => body.data.text)).toEqual(
      expect.arrayContaining(['other', 'poison']),
    );
    expect(inbox.received).toHaveLength(2);
  });

  it('is left alone by the breaker, and gets everything as soon as its URL is repaired', async () => {
    const inbox = await receiver(status(503));
    const settings = { retryDelaysMs: [60_000, 60_000, 60_000], concurrency: 2 };
    const built = await house({ endpoints: [endpoint('one', inbox.url, settings)] });
    const drafts = Array.from({ length: 20 }, (_, i) => message(`m${i}`, `chat-${i}`));
    await built.events.report(drafts);
    const health = () => built.webhooks.endpoints.find('default', 'one').health;
    await until(() => health().openUntilMs !== null);
    const asked = inbox.received.length;
    expect(asked).toBeLessThanOrEqual(7);
    inbox.answering = ok;
    await built.webhooks.endpoints.update('default', 'one', { url: `${inbox.url}/repaired` });
    await inbox.waitFor(asked + 20);
    expect(await settled(built)).toHaveLength(20);
    expect(health().failures).toBe(0);
  });

  it('has what waited hastened once a probe succeeds', async () => {
    const inbox = await receiver(status(503));
    const settings = { retryDelaysMs: [3_600_000], concurrency: 1 };
    const folder = await newFolder();
    const endpoints = [endpoint('one', inbox.url, settings)];
    const built = await openHouse(openUnsynced, folder, { endpoints });
    await built.events.report(Array.from({ length: 5 }, (_, i) => message(`m${i}`, `chat-${i}`)));
    const health = () => built.webhooks.endpoints.find('default', 'one').health;
    await until(() => health().openUntilMs !== null);
    inbox.answering = ok;
    await built.storage.webhooks.saveHealth({ ...health(), openUntilMs: 1 });
    await built.stop();
    const again = await openHouse(openUnsynced, folder);
    await again.events.report([message('probe', 'chat-9')]);
    const records = await settled(again);
    expect(records).toHaveLength(6);
    expect(records.every(({ state }) => state === 'delivered')).toBe(true);
  });
});
