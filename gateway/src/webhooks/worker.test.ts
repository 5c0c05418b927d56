import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import type { Request } from '../net/request.ts';
import { openUnsynced } from '../storage/sqlite/testing/folder.ts';
import { RETRY_DELAYS_MS } from './schedule.ts';
import type { DeliveryRecord, WebhookStore } from './store.ts';
import {
  closeAll,
  endpoint,
  type House,
  message,
  newFolder,
  openHouse,
  until,
} from './testing/house.ts';

afterEach(closeAll);

/** A receiver without network: answers at once with what it is told. */
function scripted(status: () => number) {
  const urls: string[] = [];
  const request: Request = async (url) => {
    urls.push(url);
    const empty = { headers: {}, body: new Uint8Array(), bodyState: 'complete' } as const;
    return { kind: 'answered', status: status(), ...empty, durationMs: 0 };
  };
  return { request, urls };
}

async function only({ storage }: House): Promise<DeliveryRecord> {
  const [record] = await storage.webhooks.deliveries('one', { limit: 1 });
  if (!record) throw new Error('there is no delivery');
  return record;
}

const attempted = (house: House, count: number) =>
  until(async () => (await only(house)).attempts.length === count);

describe('the worker on a virtual clock', () => {
  it('makes every attempt of the schedule at its time, then gives up', async () => {
    const clock = new VirtualClock();
    const { request, urls } = scripted(() => 500);
    const wanted = { events: ['message.*'] };
    const endpoints = [endpoint('one', 'http://x/', { retryDelaysMs: null }, wanted)];
    const house = await openHouse(openUnsynced, await newFolder(), { clock, request, endpoints });
    await house.events.report([message('hello')]);
    for (const [i, delayMs] of RETRY_DELAYS_MS.entries()) {
      await attempted(house, i + 1);
      const { nextAttemptAtMs } = await only(house);
      const waitMs = (nextAttemptAtMs ?? 0) - clock.now();
      expect(Math.abs(waitMs - delayMs)).toBeLessThanOrEqual(delayMs / 10);
      await until(() => clock.pending > 0);
      await clock.advance(waitMs - 1);
      expect(urls).toHaveLength(i + 1);
      // The breaker wakes the worker in between; let it find its next time.
      await until(() => clock.pending > 0);
      await clock.advance(1);
    }
    await attempted(house, RETRY_DELAYS_MS.length + 1);
    expect(await only(house)).toMatchObject({ state: 'failed', nextAttemptAtMs: null });
  });

  it('switches an endpoint off after five days without success, with an event', async () => {
    const clock = new VirtualClock();
    const { request } = scripted(() => 500);
    const endpoints = [endpoint('one', 'http://x/', { retryDelaysMs: null })];
    const house = await openHouse(openUnsynced, await newFolder(), { clock, request, endpoints });
    for (let day = 0; day <= 5; day++) {
      await house.events.report([message(`day ${day}`, `chat-${day}`)]);
      await until(() => clock.pending > 0);
      for (let hour = 0; hour < 24; hour++) await clock.advance(60 * 60_000);
    }
    await until(() => house.webhooks.subscribers().length === 0);
    const named = async () =>
      (await house.events.read('default', 0, 100, { events: ['webhook.*'] })).map((e) => e.event);
    await until(async () => (await named()).length === 2);
    expect(await named()).toEqual(['webhook.failing', 'webhook.disabled']);
  });

  it('keeps a rate', async () => {
    const clock = new VirtualClock();
    const { request, urls } = scripted(() => 200);
    const endpoints = [endpoint('one', 'http://x/', { ratePerSecond: 2 })];
    const house = await openHouse(openUnsynced, await newFolder(), { clock, request, endpoints });
    await house.events.report(Array.from({ length: 6 }, (_, i) => message(`m${i}`, `chat-${i}`)));
    for (let count = 1; count < 6; count++) {
      await until(() => urls.length === count && clock.pending > 0);
      await clock.advance(499);
      expect(urls).toHaveLength(count);
      await clock.advance(1);
    }
    await until(() => urls.length === 6);
  });

  it('does not deliver again what was delivered but could not be recorded', async () => {
    const clock = new VirtualClock();
    const { request, urls } = scripted(() => 200);
    let broken = 3;
    const wrapStore = (store: WebhookStore): WebhookStore => ({
      ...store,
      recordAttempts: async (...args) => {
        if (broken-- > 0) throw new Error('the disk is full');
        return store.recordAttempts(...args);
      },
    });
    const endpoints = [endpoint('one', 'http://x/')];
    const options = { clock, request, endpoints, wrapStore };
    const house = await openHouse(openUnsynced, await newFolder(), options);
    await house.events.report([message('hello')]);
    for (let second = 0; second < 3; second++) {
      await until(() => clock.pending > 0);
      await clock.advance(1_000);
    }
    await until(async () => (await only(house)).state === 'delivered');
    expect(urls).toHaveLength(1);
  });

  it('delivers once what a slow read still saw as waiting', async () => {
    const clock = new VirtualClock();
    const { request, urls } = scripted(() => 200);
    const wrapStore = (store: WebhookStore): WebhookStore => ({
      ...store,
      due: async (...args) => {
        const seen = await store.due(...args);
        for (let turn = 0; turn < 20; turn++) await new Promise((next) => setImmediate(next));
        return seen;
      },
    });
    const endpoints = [endpoint('one', 'http://x/')];
    const options = { clock, request, endpoints, wrapStore };
    const house = await openHouse(openUnsynced, await newFolder(), options);
    const pending = () => house.storage.webhooks.countDeliveries('one', { state: 'pending' });
    for (let n = 0; n < 40; n++) {
      await house.events.report([message(`m${n}`, `chat-${n % 4}`)]);
    }
    await until(async () => (await pending()) === 0);
    expect(urls).toHaveLength(40);
  });

  it('goes on after storage could not be read', async () => {
    const clock = new VirtualClock();
    const { request, urls } = scripted(() => 200);
    let broken = 2;
    const wrapStore = (store: WebhookStore): WebhookStore => ({
      ...store,
      due: async (...args) => {
        if (broken-- > 0) throw new Error('the disk is gone');
        return store.due(...args);
      },
    });
    const endpoints = [endpoint('one', 'http://x/')];
    const options = { clock, request, endpoints, wrapStore };
    const house = await openHouse(openUnsynced, await newFolder(), options);
    await house.events.report([message('hello')]);
    await until(() => clock.pending > 0);
    await clock.advance(1_000);
    await clock.advance(1_000);
    await until(() => urls.length === 1);
    expect(urls).toEqual(['http://x/']);
  });

  it('gives up what is under way when it must stop, and makes it again later', async () => {
    const clock = new VirtualClock();
    const request: Request = (_url, { signal }) =>
      new Promise((resolve) => {
        const aborted = { kind: 'failed', stage: 'aborted', message: '', durationMs: 0 } as const;
        signal?.addEventListener('abort', () => resolve(aborted));
      });
    const folder = await newFolder();
    const endpoints = [endpoint('one', 'http://x/')];
    const house = await openHouse(openUnsynced, folder, { clock, request, endpoints });
    await house.events.report([message('hello')]);
    await until(async () => (await house.storage.webhooks.nextDueAtMs('one')) !== null);
    const stopping = house.stop(500);
    await clock.advance(500);
    await stopping;
    const { request: answering, urls } = scripted(() => 200);
    const again = await openHouse(openUnsynced, folder, { clock, request: answering });
    await until(() => urls.length === 1);
    await attempted(again, 1);
    expect(await only(again)).toMatchObject({ state: 'delivered', attempts: [{ number: 1 }] });
  });
});
