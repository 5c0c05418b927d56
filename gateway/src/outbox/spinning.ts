import type { Content } from '../messages/catalogue/content.ts';
import { spin, textKey } from './pacing/texts.ts';

/** Renderings that are tried to find one that few have had. */
const TRIES = 8;

/**
 * Renders the choices `{a|b}` in a text or caption. Of some renderings the first is taken that
 * `isFree` allows, else the last: it will wait for its turn.
 */
export function spun(
  content: Content,
  chance: () => number,
  isFree: (textKey: string) => boolean,
): Content {
  if ('text' in content && typeof content.text === 'string') {
    return { ...content, text: render(content.text, chance, isFree) };
  }
  if ('caption' in content && typeof content.caption === 'string') {
    return { ...content, caption: render(content.caption, chance, isFree) };
  }
  return content;
}

function render(text: string, chance: () => number, isFree: (key: string) => boolean): string {
  let rendered = text;
  for (let tries = 0; tries < TRIES; tries++) {
    rendered = spin(text, chance);
    const key = textKey(rendered);
    if (key === null || isFree(key)) break;
  }
  return rendered;
}
