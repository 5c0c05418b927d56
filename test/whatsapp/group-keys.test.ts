import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountHandle, Fault, GroupHandle } from '../../simulator/src/index.ts';
import {
  type Failpoint,
  GROUP_MESSAGE_ENCRYPTED,
  KEY_HOLDERS_REMEMBERED,
} from './support/failpoints.ts';
import { Harness } from './support/harness.ts';
import type { Mishap } from './support/life.ts';
import type { TestDevice } from './support/test-device.ts';

let harness: Harness;
let device: TestDevice;
let friends: AccountHandle[];
let rounds = 0;

beforeAll(async () => {
  harness = await Harness.start();
  device = await harness.pairedDevice('support', 'Support');
  friends = ['Ann', 'Ben', 'Cleo'].map((name) => harness.simulator.accounts.create({ name }));
});

afterAll(() => harness.close());

/** A group whose members have not been given the account's key for it. */
function newGroup(): GroupHandle {
  const { account } = device;
  const [owner, ...others] = friends;
  if (!account || !owner) throw new Error('not paired');
  return harness.simulator.groups.create(owner, `Group ${++rounds}`, [account, ...others]);
}

const heardBy = (friend: AccountHandle, messageId: string) =>
  friend.phone.inbox.filter(({ id }) => id === messageId);
/** How often somebody asked for a message again. */
const repairs = () => harness.simulator.ledger.query({ tag: 'receipt', type: 'retry' }).length;

const LOST: Fault = { kind: 'drop-before-ack', taken: false, times: 1 };

/** The crash, whether the message has reached its readers by then, and what happens to it on the way. */
const INSTANTS: readonly [string, Failpoint, Mishap['kind'], boolean, Fault?][] = [
  ['before the message is on disk', GROUP_MESSAGE_ENCRYPTED, 'die-before', false],
  ['when it is on disk and has not left', GROUP_MESSAGE_ENCRYPTED, 'die-with', false],
  [
    'when it has left, before its readers are remembered',
    KEY_HOLDERS_REMEMBERED,
    'die-before',
    true,
  ],
  ['when they are remembered', KEY_HOLDERS_REMEMBERED, 'die-with', true],
  [
    'when they are remembered, and the message is lost on the way',
    KEY_HOLDERS_REMEMBERED,
    'die-with',
    false,
    LOST,
  ],
];

/** What the server does with the message that brings the key. */
const MISFORTUNES: readonly [string, Fault][] = [
  ['was lost with the connection', LOST],
  ['was refused', { kind: 'nack', code: 500, times: 1 }],
];

it.each(MISFORTUNES)(
  'gives every member of a group its key with the next message when the first %s',
  async (_what, fault) => {
    const group = newGroup();
    const [first, next] = [`3EB0FIRST${rounds}`, `3EB0NEXT${rounds}`];
    const before = repairs();
    harness.simulator.faults.add(fault);
    expect(await device.sendText(group.jid, 'the first', first)).not.toEqual({ kind: 'acked' });
    if (fault.kind === 'drop-before-ack') {
      await device.close();
      await device.open();
    }
    expect(await device.sendText(group.jid, 'the next', next)).toEqual({ kind: 'acked' });
    for (const friend of friends) {
      await friend.phone.waitForMessage(({ id }) => id === next);
      expect(heardBy(friend, next).map(({ text }) => text)).toEqual(['the next']);
    }
    expect(repairs()).toBe(before);
    harness.simulator.violations.assertNone();
  },
);

it.each(INSTANTS)(
  'gives every member of a group its key, and each message once, after a crash %s',
  async (_instant, at, kind, hasArrived, fault) => {
    const group = newGroup();
    const [first, next] = [`3EB0FIRST${rounds}`, `3EB0NEXT${rounds}`];
    const before = repairs();
    if (fault) harness.simulator.faults.add(fault);
    harness.life.mishap = { at, kind };
    const sending = device.sendText(group.jid, 'the first', first);
    await Promise.race([harness.life.died, sending]);
    expect(harness.life.dead).toBe(true);
    if (hasArrived) {
      await Promise.all(friends.map(({ phone }) => phone.waitForMessage(({ id }) => id === first)));
    }
    expect(friends.flatMap((friend) => heardBy(friend, first))).toHaveLength(hasArrived ? 3 : 0);
    harness.rebirth();
    await device.recover();
    await device.open();
    // Nobody knows what became of it, so it is sent again under its id, as the outbox does.
    const again = device.sendText(group.jid, 'the first', first, { isRepeated: true });
    expect(await again).toEqual({ kind: 'acked' });
    expect(await device.sendText(group.jid, 'the next', next)).toEqual({ kind: 'acked' });
    for (const friend of friends) {
      expect(await friend.phone.waitForMessage(({ id }) => id === next)).toMatchObject({
        chat: group.jid,
        text: 'the next',
      });
      expect(heardBy(friend, first).map(({ text }) => text)).toEqual(['the first']);
      expect(heardBy(friend, next)).toHaveLength(1);
    }
    expect(repairs()).toBe(before);
    harness.simulator.violations.assertNone();
  },
);
