const MIB = 1024 * 1024;

/** What a medium is sent as. */
export type MediaKind = 'image';

export interface MediaRule {
  /** The most that is taken, in bytes. */
  readonly maxBytes: number;
  /** Types as proven by the bytes; null takes anything. */
  readonly types: readonly string[] | null;
  /** For error messages: "a JPEG, PNG or WebP picture". */
  readonly expected: string;
}

/**
 * Limits per kind. WhatsApp's own clients stop at 16 MiB for pictures; what all of its clients can show
 * is JPEG, PNG and WebP. SVG is never taken: it is a program as much as a picture.
 */
export const MEDIA_RULES: { readonly [Kind in MediaKind]: MediaRule } = {
  image: {
    maxBytes: 16 * MIB,
    types: ['image/jpeg', 'image/png', 'image/webp'],
    expected: 'a JPEG, PNG or WebP picture',
  },
};

/** What servers say when they do not know what a file is. */
const UNKNOWN: ReadonlySet<string> = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/binary',
]);

/**
 * Whether a fetch may go on, judged by the type that the server announced; the bytes decide in the end.
 * A family suffices (`image/jpg` is no registered type, yet common).
 */
export function acceptsAnnounced(rule: MediaRule, mediaType: string): boolean {
  if (rule.types === null || UNKNOWN.has(mediaType)) return true;
  if (mediaType === 'image/svg+xml') return false;
  const family = `${mediaType.split('/')[0]}/`;
  return rule.types.some((type) => type.startsWith(family));
}
