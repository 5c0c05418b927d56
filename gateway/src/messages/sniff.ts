/** Bytes that are enough for every signature known here. */
export const SNIFF_BYTES = 512;

type Test = (head: Uint8Array) => boolean;

const ascii = (head: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...head.subarray(from, to));

const starts =
  (...bytes: number[]): Test =>
  (head) =>
    bytes.every((byte, i) => head[i] === byte);

const startsWith =
  (text: string, at = 0): Test =>
  (head) =>
    ascii(head, at, at + text.length) === text;

const all =
  (...tests: Test[]): Test =>
  (head) =>
    tests.every((test) => test(head));

/** ISO base media files name their kind in the `ftyp` box. */
const brand =
  (...brands: string[]): Test =>
  (head) =>
    ascii(head, 4, 8) === 'ftyp' && brands.some((brand) => ascii(head, 8, 12).startsWith(brand));

/** MPEG audio: 11 sync bits, then neither a reserved version, layer nor bit rate. */
const mpegAudio: Test = (head) => {
  const [first = 0, second = 0, third = 0] = head;
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return false;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  return version !== 1 && layer !== 0 && third >> 4 !== 15;
};

const adts: Test = (head) => head[0] === 0xff && ((head[1] ?? 0) & 0xf6) === 0xf0;

/** Text that a browser would run or draw: a page, a drawing, or any XML. */
function markup(head: Uint8Array): string | null {
  const text = ascii(head, 0, SNIFF_BYTES)
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
    .toLowerCase();
  if (/^(<!--[\s\S]*?-->\s*)*<(!doctype html|html|head|body|script)/.test(text)) return 'text/html';
  if (/^<(\?xml|!--|!doctype)?[\s\S]*<svg[\s>]|^<svg[\s>]/.test(text)) return 'image/svg+xml';
  return text.startsWith('<?xml') ? 'application/xml' : null;
}

/** Signatures by type, the more telling first. Sources: the formats' own specifications. */
const SIGNATURES: readonly (readonly [string, Test])[] = [
  ['image/jpeg', starts(0xff, 0xd8, 0xff)],
  ['image/png', starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
  ['image/gif', startsWith('GIF8')],
  ['image/webp', all(startsWith('RIFF'), startsWith('WEBP', 8))],
  ['audio/wav', all(startsWith('RIFF'), startsWith('WAVE', 8))],
  ['video/avi', all(startsWith('RIFF'), startsWith('AVI ', 8))],
  ['image/avif', brand('avif', 'avis')],
  ['image/heic', brand('heic', 'heix', 'hevc', 'mif1', 'msf1')],
  ['audio/mp4', brand('M4A', 'M4B')],
  ['video/quicktime', brand('qt')],
  ['video/3gpp', brand('3g')],
  ['video/mp4', brand('')],
  ['video/webm', starts(0x1a, 0x45, 0xdf, 0xa3)],
  ['audio/ogg', startsWith('OggS')],
  ['audio/flac', startsWith('fLaC')],
  ['audio/amr', startsWith('#!AMR')],
  ['audio/aac', adts],
  ['audio/mpeg', startsWith('ID3')],
  ['audio/mpeg', mpegAudio],
  ['image/tiff', starts(0x49, 0x49, 0x2a, 0x00)],
  ['image/tiff', starts(0x4d, 0x4d, 0x00, 0x2a)],
  [
    'image/bmp',
    all(startsWith('BM'), (head) => head.length > 14 && head[6] === 0 && head[8] === 0),
  ],
  ['application/pdf', startsWith('%PDF-')],
  ['application/zip', starts(0x50, 0x4b, 0x03, 0x04)],
];

/**
 * The type that the first `SNIFF_BYTES` of a file prove, null when they prove none. What a server or a
 * sender says about a file is not looked at: an error page with the header `image/jpeg` is a page.
 */
export function sniff(head: Uint8Array): string | null {
  return SIGNATURES.find(([, test]) => test(head))?.[0] ?? markup(head);
}
