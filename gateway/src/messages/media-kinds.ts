const MIB = 1024 * 1024;

/** What a medium is sent as. */
export type MediaKind = 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker';

/** What is taken of one kind of media. */
export interface MediaRule {
  /** The most that is taken, in bytes. */
  readonly maxBytes: number;
  /** Types as proven by the bytes; null takes anything. */
  readonly types: readonly string[] | null;
  /** For error messages: "a JPEG, PNG, WebP, GIF or AVIF picture". */
  readonly expected: string;
}

const PICTURES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif', 'image/tiff'];

/** An M4A file need not call itself one: its brand is often that of any MP4. */
const SOUNDS = ['audio/mpeg', 'audio/ogg', 'audio/mp4', 'video/mp4', 'audio/aac', 'audio/amr'];

/**
 * Limits per kind. WhatsApp's own clients stop at 16 MiB for pictures and sound and at 2 GiB for files;
 * ours for videos and documents protect the disk of a small machine. SVG is never taken: it is a program
 * as much as a picture.
 */
export const MEDIA_RULES: { readonly [Kind in MediaKind]: MediaRule } = {
  image: {
    maxBytes: 16 * MIB,
    types: PICTURES,
    expected: 'a JPEG, PNG, WebP, GIF, AVIF or TIFF picture',
  },
  video: {
    maxBytes: 128 * MIB,
    types: ['video/mp4', 'video/3gpp'],
    expected: 'an MP4 or 3GP video (other formats can be sent as a document)',
  },
  audio: {
    maxBytes: 16 * MIB,
    types: SOUNDS,
    expected: 'an MP3, Ogg, M4A, AAC or AMR file (other formats can be sent as a document)',
  },
  voice: {
    maxBytes: 16 * MIB,
    types: [...SOUNDS, 'audio/wav', 'audio/flac', 'video/webm'],
    expected: 'a sound file, best Ogg/Opus',
  },
  document: { maxBytes: 512 * MIB, types: null, expected: 'a file' },
  sticker: { maxBytes: 4 * MIB, types: PICTURES, expected: 'a WebP, PNG, JPEG or GIF picture' },
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
 * A family suffices (`image/jpg` is no registered type, yet common), and Ogg is announced as
 * `application/ogg` by many.
 */
export function acceptsAnnounced(rule: MediaRule, mediaType: string): boolean {
  if (rule.types === null || UNKNOWN.has(mediaType)) return true;
  if (mediaType === 'image/svg+xml') return false;
  if (mediaType === 'application/ogg') return rule.types.includes('audio/ogg');
  const family = `${mediaType.split('/')[0]}/`;
  return rule.types.some((type) => type.startsWith(family));
}
