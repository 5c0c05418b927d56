import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MakeVessel, useWorld } from './harness.ts';

/** The contracts of `IdentityStore` and `NumberStore`. */
export function describeContactStores(make: MakeVessel): void {
  describe('contacts', () => {
    describeIdentities(make);
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
