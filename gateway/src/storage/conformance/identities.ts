import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IdentityPair } from '../../contacts/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import { type MakeVessel, useWorld, type World } from './harness.ts';
import { nothing, report, sampleJob, sampleMessage } from './samples.ts';

/** The contracts of `IdentityStore` and `NumberStore`. */
export function describeIdentityStores(make: MakeVessel): void {
  describe('contacts', () => {
    describeIdentities(make);
    describeResolving(make);
    describeJoining(make);
    describeNumbers(make);
  });
}

function describeIdentities(make: MakeVessel): void {
  const world = useWorld(make);

  it('answers which pairs were news, and keeps them over a restart', async () => {
    const key = await world().session();
    const pair = { phone: '1555', lid: '99' };
    const { identities } = world().storage;
    expect(await identities.learn(key, [pair, pair])).toEqual([pair]);
    await world().reopen();
    expect(await world().storage.identities.learn(key, [pair])).toEqual([]);
    expect(await world().storage.identities.phoneFor(key, '99')).toBe('1555');
    expect(await world().storage.identities.lidFor(key, '1555')).toBe('99');
  });

  it('knows nobody of another session', async () => {
    const [key, other] = [await world().session('a'), await world().session('b')];
    const { identities } = world().storage;
    await identities.learn(key, [{ phone: '1555', lid: '99' }]);
    expect(await identities.phoneFor(other, '99')).toBeNull();
    expect(await identities.lidFor(other, '1555')).toBeNull();
  });

  it('is one-to-one whatever it is told, and the newest wins', async () => {
    const digit = fc.constantFrom('1', '2', '3', '4');
    const key = await world().session();
    const { identities } = world().storage;
    let pairs: { phone: string; lid: string }[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ phone: digit, lid: digit })), async (told) => {
        await identities.learn(key, told);
        for (const { phone, lid } of told) {
          pairs = pairs.filter((pair) => pair.phone !== phone && pair.lid !== lid);
          pairs.push({ phone, lid });
        }
        for (const name of ['1', '2', '3', '4']) {
          const byLid = pairs.find(({ lid }) => lid === name)?.phone ?? null;
          const byPhone = pairs.find(({ phone }) => phone === name)?.lid ?? null;
          expect(await identities.phoneFor(key, name)).toBe(byLid);
          expect(await identities.lidFor(key, name)).toBe(byPhone);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('refuses to learn for a session that is gone', async () => {
    const learn = world().storage.identities.learn(404, [{ phone: '1', lid: '2' }]);
    await expect(learn).rejects.toMatchObject({ code: 'session_not_found' });
  });
}

const PERSON = { phone: '1555', lid: '99' };
const LID = '99@lid';
const PHONE = '1555@s.whatsapp.net';

/** Records a message that the person wrote under an address, or in a group under it. */
function heard(world: World, key: SessionKey, messageId: string, from: string, chatId = from) {
  const data = { chatId, from: chatId, phone: null, lid: null, text: 'hello' };
  const message = sampleMessage(messageId, { chatId, senderId: from, data });
  return world.storage.messages.recordInbound(key, [{ journalIds: [], message, batch: nothing }]);
}

/** Learns the pair; answers the pairs that were to be told. */
async function resolve(world: World, key: SessionKey, pairs: readonly IdentityPair[] = [PERSON]) {
  const told: IdentityPair[] = [];
  await world.storage.identities.learn(key, pairs, (resolved) => {
    told.push(...resolved);
    return report(`resolved ${told.length}`);
  });
  return told;
}

function describeResolving(make: MakeVessel): void {
  const world = useWorld(make);

  it('reports a LID once, and only one that was shown', async () => {
    const key = await world().session();
    await heard(world(), key, 'A', LID);
    await heard(world(), key, 'B', '77@lid', '1@g.us');
    const shown = [PERSON, { phone: '1777', lid: '77' }];
    expect(await resolve(world(), key, [...shown, { phone: '1888', lid: '88' }, PERSON])).toEqual(
      shown,
    );
    expect(await world().storage.events.read('default', 0, 9)).toHaveLength(1);
    await world().reopen();
    // The number passes on to somebody else and comes back.
    await world().storage.identities.learn(key, [{ phone: '1555', lid: '66' }]);
    await heard(world(), key, 'C', LID);
    expect(await resolve(world(), key)).toEqual([]);
    expect(await resolve(world(), await world().session('other'))).toEqual([]);
  });

  it('keeps the pair and its event together or not at all', async () => {
    const key = await world().session();
    await heard(world(), key, 'A', LID);
    const { identities, history } = world().storage;
    const learn = identities.learn(key, [PERSON], () => {
      throw new Error('no event');
    });
    await expect(learn).rejects.toThrow('no event');
    expect(await identities.phoneFor(key, '99')).toBeNull();
    expect(await history.chats(key, { before: null, limit: 9 })).toMatchObject([{ chatId: LID }]);
    expect(await resolve(world(), key)).toEqual([PERSON]);
  });
}

function describeJoining(make: MakeVessel): void {
  const world = useWorld(make);

  it('makes one chat of two, in the order in which the messages came', async () => {
    const key = await world().session();
    const { history } = world().storage;
    for (let n = 0; n < 450; n++) await heard(world(), key, `${n}`, n % 3 === 0 ? PHONE : LID);
    await heard(world(), key, 'group', LID, '1@g.us');
    await resolve(world(), key);
    const messages = await history.messages(key, PHONE, { before: null, limit: 1_000 });
    expect(messages.map(({ messageId }) => Number(messageId))).toEqual(
      Array.from({ length: 450 }, (_, n) => 449 - n),
    );
    expect(messages[0]).toMatchObject({
      senderId: PHONE,
      data: { chatId: PHONE, from: PHONE, phone: '1555', lid: LID, text: 'hello' },
    });
    expect(await history.messages(key, LID, { before: null, limit: 9 })).toEqual([]);
    const chats = await history.chats(key, { before: null, limit: 9 });
    expect(chats.map(({ chatId }) => chatId)).toEqual(['1@g.us', PHONE]);
  });

  it('keeps one of a message that came under both names', async () => {
    const key = await world().session();
    await heard(world(), key, 'A', LID);
    await heard(world(), key, 'A', PHONE);
    await resolve(world(), key);
    const { history } = world().storage;
    expect(await history.messages(key, PHONE, { before: null, limit: 9 })).toHaveLength(1);
    expect(await history.messages(key, LID, { before: null, limit: 9 })).toEqual([]);
  });

  it('puts the sends of both in one line, and knows when the person last wrote', async () => {
    const key = await world().session();
    const { outbox, pacing } = world().storage;
    const plan = { expiresAtMs: null, priority: 'direct', textKey: null } as const;
    const add = (messageId: string, chatId: string, dueAtMs: number) =>
      outbox.enqueue(sampleJob(key, messageId, { chatId }), {
        ...plan,
        dueAtMs,
        effort: { kind: 'none' },
      });
    await add('second', PHONE, 2);
    await add('first', LID, 1);
    await add('third', LID, 3);
    await pacing.heard(key, LID, 50);
    await resolve(world(), key);
    const next = () =>
      outbox.heads(key, { dueByMs: 9, heardSinceMs: 40, wroteSinceMs: 40, perKind: 9 });
    for (const messageId of ['first', 'second', 'third']) {
      expect(await next()).toMatchObject([{ messageId, chatId: PHONE, heardAtMs: 50 }]);
      expect((await outbox.find(key, messageId))?.job.chatId).toBe(PHONE);
      await outbox.finish(key, messageId, { status: 'sent' }, nothing);
    }
    expect(await next()).toEqual([]);
  });

  it('keeps a person on the opt-out list, under the number', async () => {
    const key = await world().session();
    const { optOuts } = world().storage;
    const optOut = { chatId: LID, source: 'stop_word', note: 'STOP', atMs: 5 } as const;
    await optOuts.add('default', optOut);
    await resolve(world(), key);
    expect(await optOuts.page('default', 9, null)).toEqual([{ ...optOut, chatId: PHONE }]);
  });
}

function describeNumbers(make: MakeVessel): void {
  const world = useWorld(make);

  it('recalls the newest answer to each number that was asked about', async () => {
    const key = await world().session();
    const { numbers } = world().storage;
    const nobody = { phone: '1', chatId: null, lid: null, checkedAtMs: 1 };
    const person = { phone: '1', chatId: '1@s.whatsapp.net', lid: '9@lid', checkedAtMs: 2 };
    const other = { phone: '2', chatId: null, lid: null, checkedAtMs: 3 };
    await numbers.remember(key, [nobody, other]);
    await numbers.remember(key, [person]);
    const found = await numbers.recall(key, ['1', '2', '3']);
    expect([...found]).toEqual([
      ['1', person],
      ['2', other],
    ]);
    expect((await numbers.recall(await world().session('b'), ['1'])).size).toBe(0);
  });
}
