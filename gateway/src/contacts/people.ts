import { Problem } from '../kernel/errors.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import { lidAddress, phoneAddress } from './address.ts';
import { type Asking, explained } from './asking.ts';
import { type Person, personOf } from './person.ts';
import { parseRecipient } from './recipient.ts';
import type { Recipients } from './recipients.ts';
import type { IdentityStore } from './store.ts';

export interface PeopleDeps {
  readonly asking: Asking;
  readonly recipients: Recipients;
  readonly identities: IdentityStore;
}

/** A person with what they say about themselves. */
export interface Profile extends Person {
  /** Null when there is none, or this number may not see it. */
  readonly about: string | null;
  readonly aboutSetAt: string | null;
}

/**
 * People whom a session deals with, named in any form of number. Every call may throw what `Asking`
 * throws; those that name a person `invalid_recipient` and `recipient_not_found`.
 */
export interface People {
  find(key: SessionKey, person: string): Promise<Person>;
  profile(key: SessionKey, person: string): Promise<Profile>;
  ownProfile(session: SessionRecord): Promise<Profile & { readonly name: string | null }>;
  setAbout(key: SessionKey, text: string): Promise<void>;
  /** The name that others see. Throws `settings_not_shared`. */
  setOwnName(key: SessionKey, name: string): Promise<void>;
  blocked(key: SessionKey): Promise<Person[]>;
  setBlocked(key: SessionKey, person: string, isBlocked: boolean): Promise<Person>;
  followPresence(key: SessionKey, person: string): Promise<Person>;
  setAvailable(key: SessionKey, isAvailable: boolean): Promise<void>;
}

export function createPeople({ asking, recipients, identities }: PeopleDeps): People {
  async function find(key: SessionKey, input: string): Promise<Person> {
    mustBePerson(input);
    const { chatId, phone, lid } = await recipients.resolve(key, input).catch((error: unknown) => {
      throw aboutPath(explained(error));
    });
    return { chatId, phone, lid };
  }

  async function profile(key: SessionKey, person: Person): Promise<Profile> {
    const about = await asking(key, {}, ({ people }) => people.about(person.chatId));
    const setAtMs = about?.setAtMs ?? null;
    return {
      ...person,
      about: about?.text ?? null,
      aboutSetAt: setAtMs === null ? null : new Date(setAtMs).toISOString(),
    };
  }

  return {
    find,
    profile: async (key, input) => profile(key, await find(key, input)),
    async ownProfile({ key, phone, lid }) {
      if (phone === null) {
        throw new Problem('session_not_open', 'The session is not paired: start it and scan.');
      }
      const self = {
        chatId: phoneAddress(phone),
        phone,
        lid: lid === null ? null : lidAddress(lid),
      };
      const name = await asking(key, {}, ({ people }) => people.ownName());
      return { ...(await profile(key, self)), name };
    },
    async setAbout(key, text) {
      await asking(key, {}, ({ people }) => people.setAbout(text));
    },
    async setOwnName(key, name) {
      await asking(key, {}, ({ people }) => people.setOwnName(name));
    },
    async blocked(key) {
      const blocked = await asking(key, {}, ({ people }) => people.blocked());
      return Promise.all(blocked.map((person) => personOf(identities, key, person)));
    },
    async setBlocked(key, input, isBlocked) {
      const person = await find(key, input);
      const { lid, phone } = person;
      if (lid === null) {
        throw new Problem(
          'recipient_not_found',
          'WhatsApp blocks people by their LID, and this one has none that is known.',
          [{ field: '/chatId', message: 'has no known LID' }],
        );
      }
      const number = phone === null ? null : phoneAddress(phone);
      await asking(key, {}, ({ people }) => people.setBlocked(lid, number, isBlocked));
      return person;
    },
    async followPresence(key, input) {
      const person = await find(key, input);
      await asking(key, {}, ({ people }) => people.followPresence(person.chatId));
      return person;
    },
    async setAvailable(key, isAvailable) {
      await asking(key, {}, ({ people }) => people.setAvailable(isAvailable));
    },
  };
}

function mustBePerson(input: string): void {
  const recipient = parseRecipient(input);
  if (recipient.kind === 'phone' || recipient.kind === 'lid') return;
  const reason = recipient.kind === 'invalid' ? recipient.reason : 'It is not a person.';
  throw new Problem('invalid_recipient', reason, [{ field: '/chatId', message: reason }]);
}

/** A recipient stands in the path here, not in the body. */
function aboutPath(error: unknown): unknown {
  if (!(error instanceof Problem)) return error;
  const fields = error.fields.map(({ message }) => ({ field: '/chatId', message }));
  return new Problem(error.code, error.message, fields);
}
