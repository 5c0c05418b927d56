import type { AccountHandle } from '../handles.ts';
import type { Simulator } from '../simulator.ts';

/** Who is there at the start. */
export interface Cast {
  readonly accounts: readonly AccountHandle[];
  readonly contacts: readonly AccountHandle[];
}

const SHOPS = ['The shop', 'Support', 'Sales', 'Deliveries', 'Bookings'];

/** From many places, so that names with other scripts and accents are met early. */
const PEOPLE = [
  'John Doe',
  'Ana Souza',
  'Mei Lin',
  'Ömer Yılmaz',
  'Fátima Haddad',
  'Ravi Kumar',
  'Zoë Müller',
  'Олена Коваль',
  'Thandi Nkosi',
  '山田 花子',
  'Luis Ortega',
  'Nora Berg',
];

/**
 * Makes the accounts and contacts that were asked for, always with the same numbers. Whoever is there
 * already, from an earlier run, stays.
 */
export function assemble(simulator: Simulator, accounts: number, contacts: number): Cast {
  const make = (first: number, count: number, names: readonly string[]) =>
    Array.from({ length: count }, (_, index) => {
      const phone = String(first + index);
      return (
        simulator.accounts.find(phone) ??
        simulator.accounts.create({ phone, name: nameOf(names, index) })
      );
    });
  return {
    accounts: make(15_550_001_000, accounts, SHOPS),
    contacts: make(15_550_100_000, contacts, PEOPLE),
  };
}

function nameOf(names: readonly string[], index: number): string {
  const name = names[index % names.length] ?? '';
  const round = Math.floor(index / names.length);
  return round === 0 ? name : `${name} ${round + 1}`;
}
