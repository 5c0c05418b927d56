import { describe, expect, it } from 'vitest';
import type { Fault } from '../../simulator/src/index.ts';
import { textOf } from './support/client.ts';
import { withWorld } from './support/world.ts';

describe('faults on command', () => {
  const world = withWorld();

  it('refuse the upgrade, which this library never notices', async () => {
    world.simulator.faults.add({ kind: 'refuse-upgrade', status: 503, times: 1 });
    const client = world.client().start();
    await expect.poll(() => world.simulator.faults.list()).toEqual([]);
    expect(world.simulator.waitingClients()).toEqual([]);
    await client.stop();
    client.start();
    await client.qr();
  });

  it.each([401, 403, 405, 411, 500, 503])('refuse a login with %i', async (code) => {
    const shop = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    await client.stop();
    client.forget();
    const fault: Fault = { kind: 'refuse-login', code, account: shop.number, times: 1 };
    world.simulator.faults.add(fault);
    client.start();
    expect(await client.closed()).toBe(code);
    client.forget();
    client.start();
    await client.open();
  });

  it.each([440, 401, 503])('end a stream with %i', async (code) => {
    const shop = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    world.simulator.faults.add({ kind: 'stream-error', code, times: 1 });
    expect(await client.closed()).toBe(code);
    expect(shop.devices).toHaveLength(1);
  });

  it('leave a line half open', async () => {
    const shop = world.simulator.accounts.create();
    const { client } = await world.linked(shop, { keepAliveIntervalMs: 300 });
    world.simulator.faults.add({ kind: 'silent-line', account: shop.number });
    expect(await client.closed()).toBe(408);
  });

  it('cut a connection after some bytes', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    world.simulator.faults.add({ kind: 'drop-after-bytes', bytes: 100, times: 1 });
    const { id } = await ann.phone.send(shop.jid, 'cut in the middle');
    expect(await client.closed()).toBe(428);
    client.forget();
    client.start();
    await client.text('cut in the middle');
    await world.simulator.ledger.waitFor({ id, event: 'redelivered' });
    world.simulator.violations.assertNone();
  });

  it.each([true, false])('cut a connection before the ack, message taken: %s', async (taken) => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    world.simulator.faults.add({ kind: 'drop-before-ack', taken, times: 1 });
    await client.socket.sendMessage(ann.jid, { text: 'was it taken?' }, { messageId: 'SAME' });
    expect(await client.closed()).toBe(428);
    client.forget();
    client.start();
    await client.open();
    await client.socket.sendMessage(ann.jid, { text: 'was it taken?' }, { messageId: 'SAME' });
    await ann.phone.waitForMessage();
    const copies = taken ? 2 : 1;
    const { ledger } = world.simulator;
    await ledger.waitFor({ id: 'SAME', event: 'accepted', tag: 'message' });
    await expect
      .poll(() => ledger.count({ id: 'SAME', event: 'accepted', tag: 'message' }))
      .toBe(copies);
    expect(ledger.count({ id: 'SAME', event: 'duplicate' })).toBe(copies - 1);
    await expect.poll(() => ann.phone.records.duplicates).toBe(copies - 1);
    expect(ann.phone.inbox).toHaveLength(1);
  });

  it('slow a line down and keep the order', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    world.simulator.faults.add({ kind: 'latency', latencyMs: 100, jitterMs: 100 });
    const startMs = Date.now();
    for (let index = 0; index < 5; index++) await ann.phone.send(shop.jid, `late ${index}`);
    await client.text('late 4');
    expect(Date.now() - startMs).toBeGreaterThanOrEqual(100);
    const texts = client.messages.map(textOf).filter((text) => text?.startsWith('late'));
    expect(texts).toEqual(['late 0', 'late 1', 'late 2', 'late 3', 'late 4']);
  });

  it('swap and double messages', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    world.simulator.faults.add({ kind: 'reorder', times: 1 });
    const first = await ann.phone.send(shop.jid, 'first');
    const second = await ann.phone.send(shop.jid, 'second');
    await client.text('first');
    const delivered = world.simulator.ledger
      .query({ event: 'delivered', device: client.jid })
      .map(({ id }) => id);
    expect(delivered.indexOf(first.id)).toBeGreaterThan(delivered.indexOf(second.id));

    world.simulator.faults.add({ kind: 'duplicate', times: 1 });
    const double = await ann.phone.send(shop.jid, 'double');
    await world.simulator.ledger.waitFor({ id: double.id, event: 'redelivered' });
    await client.text('double');
  });

  it.each([463, 479, 406, 429])('refuse a message with %i', async (code) => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    world.simulator.faults.add({ kind: 'nack', code, times: 1 });
    const sent = await client.socket.sendMessage(ann.jid, { text: 'refused' });
    const refused = await world.simulator.ledger.waitFor({
      id: sent?.key.id ?? '',
      event: 'refused',
    });
    expect(refused.detail).toBe(String(code));
    await client.until('the error', () => JSON.stringify(client.events).includes(`"${code}"`));
    expect(ann.phone.inbox).toEqual([]);
  });

  it('limit the rate of questions about groups', async () => {
    const shop = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    const { id } = await client.socket.groupCreate('Group', []);
    world.simulator.faults.add({ kind: 'rate-overlimit', times: 1 });
    await expect(client.socket.groupMetadata(id)).rejects.toThrow('rate-overlimit');
    await expect(client.socket.groupMetadata(id)).resolves.toMatchObject({ id });
  });

  it('leave questions unanswered', async () => {
    const shop = world.simulator.accounts.create();
    const { client } = await world.linked(shop, { defaultQueryTimeoutMs: 3_000 });
    world.simulator.faults.add({ kind: 'unanswered', xmlns: 'blocklist', times: 1 });
    await expect(client.socket.fetchBlocklist()).resolves.toEqual([]);
    await expect.poll(() => world.simulator.faults.list()).toEqual([]);
  });

  it('are listed with their hits, and cleared', async () => {
    const { faults } = world.simulator;
    const id = faults.add({ kind: 'nack', code: 479 });
    faults.add({ kind: 'duplicate' });
    expect(faults.list().map(({ fault }) => fault.kind)).toEqual(['nack', 'duplicate']);
    faults.clear(id);
    expect(faults.list()).toMatchObject([{ fault: { kind: 'duplicate' }, hits: 0 }]);
    faults.clear();
    expect(faults.list()).toEqual([]);
  });
});
