import { describe, expect, it } from 'vitest';
import { withWorld } from './support/world.ts';

describe('standing', () => {
  const world = withWorld();

  it('may be restricted: strangers cannot be written to until the end', async () => {
    const shop = world.simulator.accounts.create();
    const friend = world.simulator.accounts.create();
    const stranger = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    await friend.phone.send(shop.jid, 'hello');
    await client.text('hello');
    const untilMs = Date.now() + 3600_000;
    world.simulator.standings.restrict(shop.account, untilMs);
    const told = await client.event('connection.update', ({ reachoutTimeLock }) =>
      Boolean(reachoutTimeLock?.isActive),
    );
    expect(told.reachoutTimeLock?.timeEnforcementEnds?.getTime()).toBeCloseTo(untilMs, -4);
    const { ledger } = world.simulator;
    const cold = await client.socket.sendMessage(stranger.jid, { text: 'buy this' });
    const refused = await ledger.waitFor({ id: cold?.key.id ?? '', event: 'refused' });
    expect(refused.detail).toBe('463');
    await client.socket.sendMessage(friend.jid, { text: 'hello yourself' });
    await friend.phone.waitForMessage();
    await expect(client.socket.fetchAccountReachoutTimelock()).resolves.toMatchObject({
      isActive: true,
    });
    world.simulator.standings.restrict(shop.account, null);
    await client.socket.sendMessage(stranger.jid, { text: 'sorry' });
    expect((await stranger.phone.waitForMessage()).text).toBe('sorry');
    world.simulator.violations.assertNone();
  });

  it('includes a quota of new chats', async () => {
    const shop = world.simulator.accounts.create();
    const strangers = Array.from({ length: 2 }, () => world.simulator.accounts.create());
    const { client } = await world.linked(shop);
    world.simulator.standings.setQuota(shop.account, 1);
    for (const stranger of strangers) await client.socket.sendMessage(stranger.jid, { text: 'hi' });
    await world.simulator.ledger.waitFor({ event: 'refused', device: client.jid });
    await strangers[0]?.phone.waitForMessage();
    await expect(client.socket.fetchNewChatMessageCap()).resolves.toMatchObject({
      total_quota: 1,
      used_quota: 1,
      capping_status: 'CAPPED',
    });
  });

  it('follows the model when it is on: warned, restricted, banned', async () => {
    const shop = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    world.simulator.standings.useModel({ warnAt: 1, restrictAt: 2, triesBeforeBan: 2 });
    const write = async () => {
      const stranger = world.simulator.accounts.create();
      await client.socket.sendMessage(stranger.jid, { text: 'buy this' });
    };
    await write();
    await write();
    await client.event('connection.update', ({ reachoutTimeLock }) =>
      Boolean(reachoutTimeLock?.isActive),
    );
    await write();
    await write().catch(() => undefined);
    expect(await client.closed()).toBe(403);
    client.forget();
    client.start();
    expect(await client.closed()).toBe(403);
  });
});
