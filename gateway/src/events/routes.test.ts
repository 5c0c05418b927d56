import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openUnsynced } from '../storage/sqlite/testing/folder.ts';
import { closeAll, type House, message, newFolder, openHouse } from '../webhooks/testing/house.ts';
import { type Served, serve } from '../webhooks/testing/served.ts';

let house: House;
let api: Served;

beforeEach(async () => {
  house = await openHouse(openUnsynced, await newFolder());
  api = await serve(house);
});
afterEach(closeAll);

interface Page {
  readonly events: { readonly data: { readonly text: string }; readonly cursor: string }[];
  readonly next: string;
  readonly more: boolean;
  readonly gap: boolean;
}

async function read(query = '', workspaceId?: string): Promise<Page> {
  const { body } = await api.call('GET', `/events${query}`, undefined, workspaceId);
  return body as unknown as Page;
}

const texts = ({ events }: Page) => events.map(({ data }) => data.text);

describe('the log over HTTP', () => {
  it('is read page by page until nothing is left', async () => {
    await house.events.report(['a', 'b', 'c'].map((text) => message(text)));
    const first = await read('?limit=2');
    expect([texts(first), first.more, first.gap]).toEqual([['a', 'b'], true, false]);
    expect(first.events[0]).toMatchObject({
      id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      event: 'message.received',
      sessionId: 'support',
      workspaceId: 'default',
      cursor: '1',
    });
    const second = await read(`?limit=2&after=${first.next}`);
    expect([texts(second), second.more]).toEqual([['c'], false]);
    const third = await read(`?after=${second.next}`);
    expect(third).toEqual({ events: [], next: second.next, more: false, gap: false });
  });

  it('is filtered, and what was passed over is not read again', async () => {
    await house.events.report([
      message('a'),
      message('b', 'john', { event: 'message.sent' }),
      message('c', 'john', { sessionId: 'sales' }),
    ]);
    expect(texts(await read('?event=message.sent'))).toEqual(['b']);
    expect(texts(await read('?event=message.sent,poll.vote&event=message.received'))).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(texts(await read('?sessionId=sales&event=message.*'))).toEqual(['c']);
    expect(await read('?event=poll.vote')).toMatchObject({ events: [], next: '3' });
  });

  it('is that of one workspace', async () => {
    await house.events.report([message('a')]);
    expect(texts(await read('', 'other'))).toEqual([]);
  });

  it('says when events are gone that a reader has not seen', async () => {
    await house.events.report(['a', 'b', 'c'].map((text) => message(text)));
    await house.storage.events.prune({ beforeMs: 0, keepRows: 1 }, 10);
    expect(await read('?after=1')).toMatchObject({ gap: true, events: [{ cursor: '3' }] });
    expect(await read('?after=2')).toMatchObject({ gap: false });
  });

  it.each(['?after=abc', '?after=-1', '?event=nothing', '?limit=0', '?limit=501'])(
    'refuses %s',
    async (query) => {
      const { status, body } = await api.call('GET', `/events${query}`);
      expect([status, body.code]).toEqual([400, 'invalid_request']);
    },
  );

  it('serves its catalogue', async () => {
    const { body } = await api.call('GET', '/events/catalogue');
    expect(body).toEqual(
      expect.arrayContaining([expect.objectContaining({ event: 'message.received', version: 1 })]),
    );
  });
});

/** Opens a live stream on a connection of its own. */
async function stream(query: string, headers: Record<string, string> = {}) {
  const request = get(`${api.url}/events/stream${query}`, { agent: false, headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.setEncoding('utf8').on('error', () => {});
  const chunks = response[Symbol.asyncIterator]();
  let text = '';
  return {
    status: response.statusCode,
    headers: response.headers,
    close: () => request.destroy(),
    /** Reads until `count` events have come, comments not counted, or the stream has ended. */
    async next(count: number): Promise<string[]> {
      for (;;) {
        const frames = text.split('\n\n').filter((frame) => frame.startsWith('id: '));
        if (frames.length >= count) return frames;
        const { value, done } = await chunks.next();
        if (done) return [...frames, 'ended'];
        text += value;
      }
    },
  };
}

describe('the live stream', () => {
  it('begins now, and shows cursor, name and body', async () => {
    await house.events.report([message('before')]);
    const live = await stream('');
    expect(live.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    await house.events.report([message('after\nall')]);
    const [frame] = await live.next(1);
    const [id, name, data] = frame?.split('\n') ?? [];
    expect([id, name]).toEqual(['id: 2', 'event: message.received']);
    expect(JSON.parse(data?.replace('data: ', '') ?? '')).toMatchObject({
      cursor: '2',
      data: { text: 'after\nall' },
    });
    live.close();
  });

  it('goes on where the reader was', async () => {
    await house.events.report(['a', 'b', 'c'].map((text) => message(text)));
    const byHeader = await stream('?after=0', { 'last-event-id': '1' });
    expect((await byHeader.next(2)).map((frame) => frame.slice(0, 5))).toEqual(['id: 2', 'id: 3']);
    const byQuery = await stream('?after=2&event=message.*');
    expect((await byQuery.next(1)).map((frame) => frame.slice(0, 5))).toEqual(['id: 3']);
    byHeader.close();
    byQuery.close();
  });

  it('ends when the service closes', async () => {
    const live = await stream('');
    const closing = api.close();
    expect(await live.next(1)).toEqual(['ended']);
    await closing;
  });

  it('is bounded in number, and a place is free again once its reader is gone', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => stream('')));
    const { status, body } = await api.call('GET', '/events/stream');
    expect([status, body.code]).toEqual([429, 'too_many_streams']);
    for (const live of all) live.close();
    for (;;) {
      const again = await stream('');
      again.close();
      if (again.status === 200) break;
    }
    expect(all).toHaveLength(50);
  });

  it('keeps others going while one reader does not read', async () => {
    const socket = connect({ port: Number(new URL(api.url).port), host: '127.0.0.1' });
    socket.pause();
    socket.write('GET /events/stream?after=0 HTTP/1.1\r\nhost: x\r\n\r\n');
    const large = 'x'.repeat(100_000);
    await house.events.report(Array.from({ length: 60 }, () => message(large)));
    const live = await stream('?after=50');
    expect(await live.next(10)).toHaveLength(10);
    live.close();
    socket.destroy();
  });
});
