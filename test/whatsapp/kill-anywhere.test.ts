import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountHandle } from '../../simulator/src/index.ts';
import { Harness } from './support/harness.ts';
import type { Mishap } from './support/life.ts';
import { type TestDevice, textOf } from './support/test-device.ts';

let harness: Harness;
let device: TestDevice;
let friends: AccountHandle[];
let round = 0;

beforeAll(async () => {
  harness = await Harness.start();
  device = await harness.pairedDevice('support', 'Support');
  friends = ['Ann', 'Ben'].map((name) => harness.simulator.accounts.create({ name }));
});

afterAll(() => harness.close());

/** Two friends write three texts each while we answer; then whatever happened is made good. */
async function exchange(mishap: Mishap & { readonly at: number }): Promise<{ mishaps: number }> {
  const mark = `round ${++round}`;
  const { life } = harness;
  life.operations = 0;
  life.mishap = mishap;
  const texts = friends.flatMap((_, who) => [1, 2, 3].map((n) => `${mark}: ${who}.${n}`));
  const own = device.account?.jid ?? '';
  const writing = texts.map((text, index) => friends[Math.floor(index / 3)]?.phone.send(own, text));
  const answers = friends.map((friend, who) => ({
    id: `3EB0${round}A${who}`,
    text: `${mark}: answer ${who}`,
    friend,
  }));
  const answering = answers.map(({ id, text, friend }) =>
    device.sendText(friend.jid, text, id).catch(() => ({ kind: 'unconfirmed' as const })),
  );
  await Promise.race([
    life.died,
    device.signal('closed', 60_000),
    Promise.all([...texts.map((text) => device.text(text)), ...answering]),
  ]);
  await Promise.all(writing);
  const mishaps = life.operations >= mishap.at ? 1 : 0;
  if (life.dead) harness.rebirth();
  else if (device.signals.some(({ type }) => type === 'closed')) await device.close();
  else return { mishaps };
  life.mishap = null;
  await device.recover();
  await device.open();
  for (const { id, text, friend } of answers) {
    expect(await device.sendText(friend.jid, text, id)).toEqual({ kind: 'acked' });
  }
  await Promise.all(texts.map((text) => device.text(text)));
  return { mishaps };
}

function expectEverythingOnceAndInOrder(): void {
  const mark = `round ${round}:`;
  const heard = device.messages.map(textOf).filter((text) => text?.startsWith(mark));
  for (const who of [0, 1]) {
    const fromOne = heard.filter((text) => text?.startsWith(`${mark} ${who}.`));
    expect(fromOne).toEqual([1, 2, 3].map((n) => `${mark} ${who}.${n}`));
  }
  for (const [who, friend] of friends.entries()) {
    const answers = friend.phone.inbox.filter(({ text }) => text === `${mark} answer ${who}`);
    expect(answers).toHaveLength(1);
  }
}

for (const kind of ['die-before', 'die-after', 'fail'] as const) {
  it(`loses nothing when the n-th write meets with "${kind}", for every n`, async () => {
    for (let at = 1; ; at++) {
      const { mishaps } = await exchange({ at, kind });
      expectEverythingOnceAndInOrder();
      if (mishaps === 0) break;
      expect(at).toBeLessThan(60);
    }
    await expect(harness.storage.devices.openJournal(device.ref.key, 0, 10)).resolves.toEqual([]);
  }, 180_000);
}
