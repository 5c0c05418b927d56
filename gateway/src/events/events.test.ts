import { afterEach, describe, expect, it } from 'vitest';
import { openUnsynced } from '../storage/sqlite/testing/folder.ts';
import { closeAll, message, newFolder, openHouse } from '../webhooks/testing/house.ts';
import type { EventFilter, StoredEvent } from './store.ts';

afterEach(closeAll);

const textsOf = (events: readonly StoredEvent[]) => events.map(({ data }) => data.text);

async function open() {
  return openHouse(openUnsynced, await newFolder());
}

describe('the log', () => {
  it('is read by cursor and filter', async () => {
    const { events } = await open();
    await events.report([message('a'), message('b', 'ana', { sessionId: 'sales' })]);
    await events.report([message('c', 'john', { event: 'message.sent' }), message('d')]);
    await events.report([message('other', 'john', { workspaceId: 'other' })]);
    expect(textsOf(await events.read('default', 0, 10))).toEqual(['a', 'b', 'c', 'd']);
    expect(textsOf(await events.read('default', 2, 1))).toEqual(['c']);
    const read = async (filter: EventFilter) =>
      textsOf(await events.read('default', 0, 10, filter));
    expect(await read({ events: ['message.sent'] })).toEqual(['c']);
    expect(await read({ sessionId: 'sales' })).toEqual(['b']);
    expect(await read({ events: ['message.*'], sessionId: 'support' })).toEqual(['a', 'c', 'd']);
    expect(await events.bounds('default')).toEqual({ oldest: 1, newest: 4 });
  });
});

describe('a live reader', () => {
  it('gets what was there, then what comes, and ends when told', async () => {
    const { events } = await open();
    await events.report([message('a'), message('b')]);
    const controller = new AbortController();
    const pages = events.subscribe('default', 1, {}, controller.signal);
    const next = async () => textsOf((await pages.next()).value ?? []);
    expect(await next()).toEqual(['b']);
    const waiting = next();
    await events.report([message('c')]);
    expect(await waiting).toEqual(['c']);
    const ended = pages.next();
    controller.abort();
    expect(await ended).toEqual({ done: true, value: undefined });
  });

  it('is not woken by what it does not want', async () => {
    const { events } = await open();
    const controller = new AbortController();
    const filter = { events: ['message.sent'], sessionId: 'support' };
    const pages = events.subscribe('default', 0, filter, controller.signal);
    const waiting = pages.next();
    await events.report([
      message('not this'),
      message('nor this', 'john', { event: 'message.sent', sessionId: 'sales' }),
      message('nor this', 'john', { event: 'message.sent', workspaceId: 'other' }),
    ]);
    await events.report([message('this', 'john', { event: 'message.sent' })]);
    expect(textsOf((await waiting).value ?? [])).toEqual(['this']);
    controller.abort();
    await pages.return();
  });

  it('misses nothing under load, however it is scheduled', async () => {
    const { events } = await open();
    const controller = new AbortController();
    const got: unknown[] = [];
    const reading = (async () => {
      for await (const page of events.subscribe('default', 0, {}, controller.signal)) {
        got.push(...textsOf(page));
        if (got.length === 300) controller.abort();
      }
    })();
    const all = Array.from({ length: 300 }, (_, i) => `m${i}`);
    await Promise.all(all.map((text) => events.report([message(text)])));
    await reading;
    expect(got).toEqual(all);
  });
});
