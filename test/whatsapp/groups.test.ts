import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountHandle, GroupHandle } from '../../simulator/src/index.ts';
import { Harness } from './support/harness.ts';
import { type TestDevice, textOf } from './support/test-device.ts';

let harness: Harness;
let device: TestDevice;
let owner: AccountHandle;
let friends: AccountHandle[];
let group: GroupHandle;

beforeAll(async () => {
  harness = await Harness.start();
  device = await harness.pairedDevice('support', 'Support');
  friends = ['Ann', 'Ben', 'Cleo'].map((name) => harness.simulator.accounts.create({ name }));
  const account = device.account;
  if (!account || !friends[0]) throw new Error('not paired');
  owner = friends[0];
  group = harness.simulator.groups.create(owner, 'Friends', [account, ...friends.slice(1)]);
});

afterAll(() => harness.close());

const groupQuestions = () => harness.simulator.ledger.query({ tag: 'iq', type: 'get' }).length;

it('reads what members write, and knows who wrote it', async () => {
  for (const friend of friends) await friend.phone.send(group.jid, `from ${friend.name}`);
  for (const friend of friends) {
    const message = await device.text(`from ${friend.name}`);
    expect(message.chat).toBe(group.jid);
    expect(new Set([message.participant, message.participantAlt])).toEqual(
      new Set([friend.jid, friend.lid]),
    );
    expect(message.fromMe).toBe(false);
  }
});

it('reaches every member, and asks WhatsApp about the group only once', async () => {
  await device.sendText(group.jid, 'warm up', '3EB0G0');
  const before = groupQuestions();
  for (const n of [1, 2, 3]) {
    expect(await device.sendText(group.jid, `to all ${n}`, `3EB0G${n}`)).toEqual({ kind: 'acked' });
  }
  expect(groupQuestions()).toBe(before);
  for (const friend of friends) {
    const heard = await friend.phone.waitForMessage(({ id }) => id === '3EB0G3');
    expect(heard).toMatchObject({ chat: group.jid, text: 'to all 3' });
  }
  await device.receipt(({ messageIds, by, chat }) => {
    const isBen = by === friends[1]?.jid || by === friends[1]?.lid;
    return chat === group.jid && messageIds.includes('3EB0G3') && isBen;
  });
});

it('reaches members who joined since', async () => {
  const late = harness.simulator.accounts.create({ name: 'Dora' });
  group.add(owner, late);
  await owner.phone.send(group.jid, 'welcome');
  await device.text('welcome');
  await device.sendText(group.jid, 'hello Dora', '3EB0LATE');
  const heard = await late.phone.waitForMessage(({ id }) => id === '3EB0LATE');
  expect(heard.text).toBe('hello Dora');
});

it('keeps sender keys over a crash, whenever it comes', async () => {
  for (let at = 1; at <= 6; at++) {
    const texts = friends.map((friend) => `round ${at}: ${friend.name}`);
    harness.life.operations = 0;
    harness.life.mishap = { at, kind: at % 2 === 0 ? 'die-before' : 'die-after' };
    await Promise.all(friends.map((friend, who) => friend.phone.send(group.jid, texts[who] ?? '')));
    await Promise.race([harness.life.died, Promise.all(texts.map((text) => device.text(text)))]);
    harness.rebirth();
    await device.recover();
    await device.open();
    await Promise.all(texts.map((text) => device.text(text)));
    const heard = device.messages.map(textOf).filter((text) => text?.startsWith(`round ${at}:`));
    expect(heard).toHaveLength(texts.length);
    expect(new Set(heard)).toEqual(new Set(texts));
  }
});
