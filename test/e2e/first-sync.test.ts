import { appStateChanges } from '@whatsapp-gateway/simulator';
import { describe, expect, it } from 'vitest';
import { startPairedGateway } from '../support/paired-gateway.ts';

const UNTIL = '2100-01-01T08:00:00.000Z';
const NAMES = ['John', 'Ana', 'Eva'];

/** What an owner set on the phone before a number was linked is there once it is. */
describe.each(['names', 'off'])('the first synchronisation, HISTORY_SYNC=%s', (budget) => {
  it('brings names and how chats are listed', async () => {
    const env = { HISTORY_SYNC: budget };
    const world = await startPairedGateway({}, env, async (simulator, shop) => {
      const friends = NAMES.map((name, i) =>
        simulator.accounts.create({ phone: `551188888880${i}`, name }),
      );
      for (const friend of friends) {
        await friend.phone.send(shop.jid, 'before the link');
        await shop.phone.waitForMessage(({ sender }) => sender === friend.jid);
        const saved = { fullName: `${friend.name} (saved)`, lid: friend.lid };
        shop.changeSetting(appStateChanges.contact(friend.jid, saved, 1));
      }
      const [john, ana, eva] = friends.map(({ jid }) => jid) as [string, string, string];
      shop.changeSetting(appStateChanges.archive(john, true, 1));
      shop.changeSetting(appStateChanges.pin(ana, true, 1));
      shop.changeSetting(appStateChanges.mute(eva, Date.parse(UNTIL), 1));
    });
    const { gateway, simulator, shop } = world;
    try {
      // Without history a chat is listed from its first message on.
      for (const [i] of NAMES.entries()) {
        const friend = simulator.accounts.find(`551188888880${i}`);
        await friend?.phone.send(shop.jid, 'hello');
      }
      const listed = async () => {
        const { body } = await gateway.call('GET', '/sessions/shop/chats');
        const chats = body['items'] as Record<string, unknown>[];
        return chats
          .map(({ name, archived, pinned, mutedUntil }) => ({ name, archived, pinned, mutedUntil }))
          .sort((one, other) => String(one.name).localeCompare(String(other.name)));
      };
      const plain = { archived: false, pinned: false, mutedUntil: null };
      await expect.poll(listed).toEqual([
        { ...plain, name: 'Ana (saved)', pinned: true },
        { ...plain, name: 'Eva (saved)', mutedUntil: UNTIL },
        { ...plain, name: 'John (saved)', archived: true },
      ]);
      simulator.violations.assertNone();
    } finally {
      await world.close();
    }
  });
});

it('tells the own name, and both addresses of people in the history, without a restart', async () => {
  const env = { HISTORY_SYNC: '30' };
  const world = await startPairedGateway({}, env, async (simulator, shop) => {
    const john = simulator.accounts.create({ phone: '5511888888888', name: 'John' });
    await john.phone.send(shop.jid, 'before the link');
    await shop.phone.waitForMessage(({ sender }) => sender === john.jid);
  });
  const { gateway, simulator } = world;
  try {
    const own = async () => (await gateway.call('GET', '/sessions/shop/status')).body['pushName'];
    await expect.poll(own, { timeout: 20_000 }).toBe('The shop');
    const john = simulator.accounts.find('5511888888888');
    const listed = async () => {
      const { body } = await gateway.call('GET', '/sessions/shop/chats');
      return body['items'];
    };
    const person = { phone: john?.number, lid: john?.lid };
    await expect
      .poll(listed, { timeout: 20_000 })
      .toMatchObject([{ ...person, lastMessage: { ...person, text: 'before the link' } }]);
    await gateway.end('SIGKILL');
    await gateway.start();
    await expect.poll(own, { timeout: 20_000 }).toBe('The shop');
  } finally {
    await world.close();
  }
});
