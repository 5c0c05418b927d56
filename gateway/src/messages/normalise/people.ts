import {
  bareAddress,
  isSharedChat,
  lidAddress,
  lidOf,
  phoneAddress,
  phoneOf,
} from '../../contacts/address.ts';
import type { IdentityPair } from '../../contacts/store.ts';
import type { Named } from '../../whatsapp/notice.ts';
import type { WireMessage } from '../../whatsapp/port.ts';

/** The number's own identity. Digits. */
export interface OwnIdentity {
  readonly phone: string | null;
  readonly lid: string | null;
}

/** Who stands behind a LID, as far as it is known: phone digits by LID digits. */
export type Directory = Pick<ReadonlyMap<string, string>, 'get'>;

/** A person under every name that is known. */
export interface Person {
  /** Canonical: the phone address when the number is known, else the LID. */
  readonly address: string;
  readonly phone: string | null;
  /** `<digits>@lid`. */
  readonly lid: string | null;
}

/** Chat and author of a message, in canonical form. */
export interface Addresses {
  readonly chatId: string;
  /** A group, channel or broadcast: the author differs from the chat. */
  readonly shared: boolean;
  /** Who wrote it; the own identity for messages of ours. */
  readonly author: Person;
  /** The person a payload is about: the author in shared chats, else the other side. */
  readonly person: Person;
}

/** The names that the wire itself shows to be one person. */
export function pairsOf(wire: WireMessage): IdentityPair[] {
  return [
    [wire.chat, wire.chatAlt],
    [wire.participant, wire.participantAlt],
  ].flatMap(([one = null, other = null]) => {
    const phone = phoneOf(one) ?? phoneOf(other);
    const lid = lidOf(one) ?? lidOf(other);
    return phone === null || lid === null ? [] : [{ phone, lid }];
  });
}

/** Finds out who is who in a message. */
export function addressesOf(
  wire: Omit<WireMessage, 'content' | 'encoded'>,
  own: OwnIdentity,
  directory: Directory,
): Addresses {
  const self = person(
    [
      own.phone === null ? null : phoneAddress(own.phone),
      own.lid === null ? null : lidAddress(own.lid),
    ],
    directory,
  );
  if (isSharedChat(wire.chat)) {
    const written =
      wire.participant === null ? null : person([wire.participant, wire.participantAlt], directory);
    const author = wire.fromMe ? self : (written ?? person([wire.chat], directory));
    return { chatId: bareAddress(wire.chat), shared: true, author, person: author };
  }
  const other = person([wire.chat, wire.chatAlt], directory);
  return {
    chatId: other.address,
    shared: false,
    author: wire.fromMe ? self : other,
    person: other,
  };
}

/** The canonical form of one address. */
export function canonicalIn(directory: Directory): (address: string) => string {
  return (address) => person([address], directory).address;
}

/** A person by one or two addresses. */
export function personOf({ address, alt }: Named, directory: Directory): Person {
  return person([address, alt], directory);
}

function person(names: readonly (string | null)[], directory: Directory): Person {
  const known = names.filter((name) => name !== null);
  const lid = first(known, lidOf);
  const phone = first(known, phoneOf) ?? (lid === null ? null : (directory.get(lid) ?? null));
  const address =
    phone !== null
      ? phoneAddress(phone)
      : lid !== null
        ? lidAddress(lid)
        : bareAddress(known[0] ?? '');
  return { address, phone, lid: lid === null ? null : lidAddress(lid) };
}

function first(names: readonly string[], read: (name: string) => string | null): string | null {
  for (const name of names) {
    const found = read(name);
    if (found !== null) return found;
  }
  return null;
}
