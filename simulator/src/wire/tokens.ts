import { DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS } from 'baileys/lib/WABinary/constants.js';

/** Tags of the binary encoding; 1 to 235 are tokens of the single-byte dictionary. */
export const Tag = {
  listEmpty: 0,
  dictionary0: 236,
  dictionary3: 239,
  interopJid: 245,
  fbJid: 246,
  adJid: 247,
  list8: 248,
  list16: 249,
  jidPair: 250,
  hex8: 251,
  binary8: 252,
  binary20: 253,
  binary32: 254,
  nibble8: 255,
} as const;

/** Text behind a single-byte token; undefined for the tags above the dictionary. */
export const SINGLE: readonly (string | undefined)[] = SINGLE_BYTE_TOKENS;

/** Text behind a token of dictionary 0 to 3. */
export const DOUBLE: readonly (readonly string[])[] = DOUBLE_BYTE_TOKENS;

/** The bytes of every token: one, or dictionary tag and index. */
export const TOKEN_BYTES: ReadonlyMap<string, readonly number[]> = new Map([
  ...SINGLE.flatMap((text, index): [string, number[]][] => (text ? [[text, [index]]] : [])),
  ...DOUBLE.flatMap((tokens, dictionary) =>
    tokens.map((text, index): [string, number[]] => [text, [Tag.dictionary0 + dictionary, index]]),
  ),
]);
