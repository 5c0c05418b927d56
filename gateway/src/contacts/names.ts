/** What somebody is called, by whom; null where nobody said. */
export interface Names {
  /** By the number's owner, in the phone's address book. */
  readonly saved: string | null;
  /** By the person, as messages show it. */
  readonly push: string | null;
  /** By WhatsApp, for businesses that it verified. */
  readonly business: string | null;
}

/** What was heard of somebody's names: what is absent stays as it was, null takes a name away. */
export type NamesHeard = Partial<Names>;

/** Longer names are cut: WhatsApp's own clients allow far less. */
const MAX_NAME_LENGTH = 256;

/** Somebody of whom no name is known. */
export const NAMELESS: Names = { saved: null, push: null, business: null };

const KINDS = ['saved', 'push', 'business'] as const satisfies readonly (keyof Names)[];

/** The names after something was heard, tidied; null when that was no news. Pure. */
export function withHeard(names: Names, heard: NamesHeard): Names | null {
  const after = Object.fromEntries(
    KINDS.map((kind) => {
      const told = heard[kind];
      return [kind, told === undefined ? names[kind] : tidy(told)];
    }),
  ) as unknown as Names;
  return KINDS.every((kind) => after[kind] === names[kind]) ? null : after;
}

/** What of older word fills in a name that is missing. Pure. */
export function onlyMissing(names: Names, heard: NamesHeard): NamesHeard {
  const missing = KINDS.filter((kind) => names[kind] === null && heard[kind] !== undefined);
  return Object.fromEntries(missing.map((kind) => [kind, heard[kind]]));
}

/** The names of one person who was kept as two; `first` wins where both have one. Pure. */
export function joinNames(first: Names, second: Names): Names {
  return {
    saved: first.saved ?? second.saved,
    push: first.push ?? second.push,
    business: first.business ?? second.business,
  };
}

/** What to call somebody: as WhatsApp's clients do, the own address book comes first. Pure. */
export function displayName({ saved, business, push }: Names): string | null {
  return saved ?? business ?? push;
}

/**
 * Whether consumers are told of a change: everything that the owner does in the address book, and the
 * other names once there is an older one. A name that is heard for the first time comes with the message
 * that brought it. Pure.
 */
export function isRenamed(before: Names, after: Names): boolean {
  if (before.saved !== after.saved) return true;
  return (['push', 'business'] as const).some(
    (kind) => before[kind] !== null && before[kind] !== after[kind],
  );
}

function tidy(name: string | null): string | null {
  const trimmed = name?.trim().slice(0, MAX_NAME_LENGTH) ?? '';
  return trimmed === '' ? null : trimmed;
}
