import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { contentFromMessage, contentFromSend, contentTypes } from './catalogue.ts';

const GUIDE = readFileSync(new URL('../../../../docs/messages.md', import.meta.url), 'utf8');

/** Every body in the guide's JSON blocks; each begins at the start of a line. */
const bodies = [...GUIDE.matchAll(/^```json\n(.*?)^```/gms)].flatMap(([, block = '']) =>
  block.split(/\n(?=\{)/).map((body): Record<string, unknown> => JSON.parse(body)),
);

/** Every send by curl that the guide shows with a JSON body: the kind in the path, and the body. */
const commands = [
  ...GUIDE.matchAll(/sessions\/support\/(?:send|messages\/([a-z-]+)) [^\n]*\n\s+-d '(.*?)'$/gms),
].map(([, type = null, body = '']) => ({ type, body: JSON.parse(body) as unknown }));

it.each(bodies)('takes the body %j of the guide', (body) => {
  expect(() => contentFromSend(body)).not.toThrow();
});

it.each(commands)('takes the command of the guide that sends $body', ({ type, body }) => {
  const read = () => (type === null ? contentFromSend(body) : contentFromMessage(type, body));
  expect(read).not.toThrow();
  expect(read()).not.toBeNull();
});

it('has an example of every kind in the guide', () => {
  const nested = commands.filter(({ type }) => type === null).map(({ body }) => body as object);
  const shown = new Set([...bodies, ...nested].flatMap((body) => Object.keys(body)));
  expect(contentTypes.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  expect(commands.length).toBeGreaterThan(2);
});
