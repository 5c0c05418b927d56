import { createHash } from 'node:crypto';

/** Innermost group of alternatives: no brace inside, at least one bar. */
const GROUP = /\{([^{}|]*(?:\|[^{}|]*)+)\}/;

/** Rounds of replacing; deeper nesting stays as it is written. */
const MAX_GROUPS = 200;

/**
 * Chooses one alternative of each `{a|b}`, inner groups first. Braces without a bar stay as they are.
 * `chance` gives a number in [0, 1) per group.
 */
export function spin(text: string, chance: () => number): string {
  let rendered = text;
  for (let groups = 0; groups < MAX_GROUPS; groups++) {
    const next = rendered.replace(GROUP, (_, inner: string) => {
      const alternatives = inner.split('|');
      return alternatives[Math.floor(chance() * alternatives.length)] ?? '';
    });
    if (next === rendered) break;
    rendered = next;
  }
  return rendered;
}

/** True when spinning can give more than one text. */
export const canSpin = (text: string): boolean => GROUP.test(text);

/**
 * Identifies a text for the guard against sending the same words to many: case, white space and digits
 * make no difference, because filters look through those. Null for texts too short to be told apart.
 */
export function textKey(text: string): string | null {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\d]+/gu, ' ')
    .trim();
  if (words.length < MIN_JUDGED_LENGTH) return null;
  return createHash('sha256').update(words).digest('base64url').slice(0, 22);
}

/** "ok", "thank you" and the like are said to everyone. */
const MIN_JUDGED_LENGTH = 12;
