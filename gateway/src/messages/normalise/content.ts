import { basicBodies } from './bodies-basic.ts';
import { businessBodies } from './bodies-business.ts';
import { interactiveBodies } from './bodies-interactive.ts';
import type { Body, BodyReader } from './body.ts';
import { fields } from './read.ts';

const bodies: ReadonlyMap<string, BodyReader> = new Map(
  Object.entries({ ...basicBodies, ...interactiveBodies, ...businessBodies }),
);

/** Reads an unwrapped content field; what is not known becomes `unsupported` with the field's name. */
export function readBody(rawType: string | null, value: unknown): Body {
  if (rawType === 'conversation' && typeof value === 'string') {
    return { type: 'text', text: value.slice(0, 65_536) };
  }
  const reader = rawType === null ? undefined : bodies.get(rawType);
  const object = fields(value);
  return reader === undefined || object === null
    ? { type: 'unsupported', text: '', details: { rawType: rawType ?? 'none' } }
    : reader(object);
}
