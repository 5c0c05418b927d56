import type { SessionKey } from '../sessions/store.ts';
import type { IdentityPair, IdentityStore, KnownNumber, NumberStore } from './store.ts';

/** Identities in memory, for tests; the same contract as the drivers' (see the conformance suite). */
export function memoryIdentities(): IdentityStore {
  const byLid = new Map<string, string>();
  const byPhone = new Map<string, string>();
  const id = (key: SessionKey, digits: string) => `${key}/${digits}`;

  function put(key: SessionKey, { phone, lid }: IdentityPair): boolean {
    if (byLid.get(id(key, lid)) === phone) return false;
    const oldLid = byPhone.get(id(key, phone));
    const oldPhone = byLid.get(id(key, lid));
    if (oldLid !== undefined) byLid.delete(id(key, oldLid));
    if (oldPhone !== undefined) byPhone.delete(id(key, oldPhone));
    byLid.set(id(key, lid), phone);
    byPhone.set(id(key, phone), lid);
    return true;
  }

  return {
    phoneFor: async (key, lid) => byLid.get(id(key, lid)) ?? null,
    lidFor: async (key, phone) => byPhone.get(id(key, phone)) ?? null,
    learn: async (key, pairs) => pairs.filter((pair) => put(key, pair)),
  };
}

/** Number checks in memory, for tests. */
export function memoryNumbers(): NumberStore {
  const known = new Map<string, KnownNumber>();
  return {
    async recall(key, phones) {
      const found = phones.flatMap((phone) => known.get(`${key}/${phone}`) ?? []);
      return new Map(found.map((number) => [number.phone, number]));
    },
    async remember(key, numbers) {
      for (const number of numbers) known.set(`${key}/${number.phone}`, number);
    },
  };
}
