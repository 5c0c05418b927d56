import { z } from 'zod';
import type { SessionKey } from '../sessions/store.ts';
import type { WirePerson } from '../whatsapp/groups.ts';
import { bareAddress, lidAddress, lidOf, phoneAddress, phoneOf } from './address.ts';
import type { IdentityPair, IdentityStore } from './store.ts';

/** Somebody under every name that is known. */
export interface Person {
  /** Where to write to: the phone address when the number is known, else the LID. */
  readonly chatId: string;
  /** Digits; null for people who hide their number. */
  readonly phone: string | null;
  /** `<digits>@lid`, null while unknown. */
  readonly lid: string | null;
}

/** A person in answers. */
export const personFields = {
  chatId: z.string().describe('Where to write to'),
  phone: z.string().nullable().describe('Digits; null for people who hide their number'),
  lid: z.string().nullable().describe('`<digits>@lid`; null while it is not known'),
};

/** The person behind an address: what WhatsApp said besides, else what was learnt before. */
export async function personOf(
  identities: Pick<IdentityStore, 'phoneFor' | 'lidFor'>,
  key: SessionKey,
  { address, alt }: WirePerson,
): Promise<Person> {
  const lid = lidOf(address) ?? lidOf(alt);
  const phone = phoneOf(address) ?? phoneOf(alt);
  if (lid !== null) return named(phone ?? (await identities.phoneFor(key, lid)), lid, address);
  return named(phone, phone === null ? null : await identities.lidFor(key, phone), address);
}

/** Those who were named in both ways. */
export function pairsAmong(people: readonly WirePerson[]): IdentityPair[] {
  return people.flatMap(({ address, alt }) => {
    const lid = lidOf(address) ?? lidOf(alt);
    const phone = phoneOf(address) ?? phoneOf(alt);
    return lid === null || phone === null ? [] : [{ lid, phone }];
  });
}

/** Whether a person goes by an address, in either form of it. */
export function goesBy({ phone, lid }: Person, { address, alt }: WirePerson): boolean {
  return [address, alt].some(
    (form) => form !== null && ((phone !== null && phoneOf(form) === phone) || form === lid),
  );
}

function named(phone: string | null, lid: string | null, address: string): Person {
  const lidForm = lid === null ? null : lidAddress(lid);
  const chatId = phone === null ? (lidForm ?? bareAddress(address)) : phoneAddress(phone);
  return { chatId, phone, lid: lidForm };
}
