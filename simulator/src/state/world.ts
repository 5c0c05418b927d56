import type { Core } from '../core.ts';
import { relate, restoreAccount, restoreGroup, storeAccount, storeGroup } from './accounts.ts';
import { storePhone } from './phones.ts';
import { fromBase64, type StoredWorld, toBase64 } from './stored.ts';

/** Everything of a world that a restart should find again. Ledger, violations and faults start anew. */
export function storeWorld(core: Core): StoredWorld {
  const { directory, groups, tokens, standings } = core.world;
  return {
    version: 1,
    accounts: directory.all().map(storeAccount),
    groups: groups.all().map(storeGroup),
    phones: core.phones().map(storePhone),
    tokens: tokens
      .entries()
      .map(([key, { bytes, issuedS }]) => [key, { bytes: toBase64(bytes), issuedS }]),
    standings: standings.entries().map(([account, standing]) => [account.phone, standing]),
  };
}

/** Fills a new world. Throws when the version is not known. */
export function restoreWorld(core: Core, stored: StoredWorld): void {
  if (stored.version !== 1) throw new Error('the stored state is of a version that nobody knows');
  const { directory, groups, tokens, standings } = core.world;
  for (const one of stored.accounts) directory.add(restoreAccount(one));
  const find = (phone: string) => directory.find(`${phone}@s.whatsapp.net`);
  for (const one of stored.accounts) {
    const account = find(one.phone);
    if (account) relate(account, one, find);
  }
  for (const one of stored.groups) {
    const group = restoreGroup(one, find);
    if (group) groups.add(group);
  }
  tokens.load(
    stored.tokens.map(([key, { bytes, issuedS }]) => [key, { bytes: fromBase64(bytes), issuedS }]),
  );
  for (const [phone, standing] of stored.standings) {
    const account = find(phone);
    if (account) standings.restore(account, standing);
  }
  for (const one of stored.phones) {
    const account = find(one.account);
    if (account) core.restorePhone(account, one);
  }
}
