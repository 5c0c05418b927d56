/** A version of WhatsApp Web, such as 2.3000.1043857760. */
export type ClientVersion = readonly [number, number, number];

/** What is known of versions. */
export interface VersionBook {
  /** The operator's own choice, which nothing overrules. */
  readonly pinned: ClientVersion | null;
  /** The one the library was made for. */
  readonly bundled: ClientVersion;
  /** The last one with which WhatsApp let a device in. */
  readonly good: ClientVersion | null;
  /** The one that WhatsApp itself was last seen to use. */
  readonly published: ClientVersion | null;
  /** Those that WhatsApp refused, and has not accepted since; oldest first, a few at most. */
  readonly refused: readonly ClientVersion[];
}

/** Where a version comes from: set by the operator, published by WhatsApp, worked last, or of the library. */
export type VersionSource = 'pinned' | 'published' | 'good' | 'bundled';

/** A version to present to WhatsApp. */
export interface VersionChoice {
  readonly version: ClientVersion;
  readonly source: VersionSource;
  /** False when WhatsApp refused every version there is. */
  readonly isHopeful: boolean;
}

/** More than there are candidates; older refusals no longer say anything. */
const REFUSALS_KEPT = 8;

const VERSION = /^(\d{1,9})\.(\d{1,9})\.(\d{1,12})$/;
/** In WhatsApp's service worker, once or twice escaped; the form is from baileys 7.0.0-rc14. */
const REVISION = /\\*"client_revision\\*":\s*(\d{1,12})/;

/** Null when the text is no version. */
export function parseVersion(text: string): ClientVersion | null {
  const parts = VERSION.exec(text)?.slice(1).map(Number);
  const [first, second, third] = parts ?? [];
  return first === undefined || second === undefined || third === undefined
    ? null
    : [first, second, third];
}

/** As WhatsApp writes it, `2.3000.1023456789`. */
export function versionText(version: ClientVersion): string {
  return version.join('.');
}

/** The version that WhatsApp's service worker (`sw.js`) names; null when it names none. */
export function readPublished(script: string, bundled: ClientVersion): ClientVersion | null {
  const revision = Number(REVISION.exec(script)?.[1] ?? 0);
  return revision > 0 ? [bundled[0], bundled[1], revision] : null;
}

/**
 * The pinned version, else the newest that was not refused: WhatsApp turns away what is too old, and a
 * new one that does not work gives way to the one that did. When all were refused, the newest.
 */
export function chooseVersion(book: VersionBook): VersionChoice {
  const { pinned } = book;
  if (pinned) return { version: pinned, source: 'pinned', isHopeful: !isRefused(book, pinned) };
  const candidates: Omit<VersionChoice, 'isHopeful'>[] = [
    { version: book.bundled, source: 'bundled' },
  ];
  if (book.good) candidates.push({ version: book.good, source: 'good' });
  if (book.published) candidates.push({ version: book.published, source: 'published' });
  const newest = candidates.reduce(newerOf);
  const open = candidates.filter(({ version }) => !isRefused(book, version));
  const [first, ...others] = open;
  return first
    ? { ...others.reduce(newerOf, first), isHopeful: true }
    : { ...newest, isHopeful: false };
}

/** WhatsApp let a device in with this version. */
export function withAccepted(book: VersionBook, version: ClientVersion): VersionBook {
  return { ...book, good: version, refused: without(book.refused, version) };
}

/** WhatsApp refused this version. */
export function withRefused(book: VersionBook, version: ClientVersion): VersionBook {
  const refused = [...without(book.refused, version), version].slice(-REFUSALS_KEPT);
  return { ...book, refused };
}

export function isSameVersion(one: ClientVersion | null, other: ClientVersion | null): boolean {
  return one === other || (!!one && !!other && versionText(one) === versionText(other));
}

function isRefused({ refused }: VersionBook, version: ClientVersion): boolean {
  return refused.some((other) => isSameVersion(other, version));
}

function without(versions: readonly ClientVersion[], version: ClientVersion) {
  return versions.filter((other) => !isSameVersion(other, version));
}

/** Of equal ones the first. */
function newerOf<T extends { readonly version: ClientVersion }>(one: T, other: T): T {
  for (const at of [0, 1, 2] as const) {
    const difference = other.version[at] - one.version[at];
    if (difference !== 0) return difference > 0 ? other : one;
  }
  return one;
}
