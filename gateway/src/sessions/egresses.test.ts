import { expect, it } from 'vitest';
import { createEgresses } from './egresses.ts';

/** Proxies as they are stored, and the ways out that were opened for them. */
function setUp(stored: Record<number, string>) {
  const open: string[] = [];
  const urls = new Map(Object.entries(stored).map(([key, url]) => [Number(key), url]));
  const egresses = createEgresses({ load: async (key) => urls.get(key) ?? null }, (url) => {
    open.push(url);
    return { url, close: async () => void open.splice(open.indexOf(url), 1) };
  });
  return { open, urls, egresses };
}

it('opens one way per session that has a proxy, when it is first needed', async () => {
  const { open, egresses } = setUp({ 1: 'a', 2: 'b' });
  expect(open).toEqual([]);
  expect(await egresses.of(3)).toBeNull();
  expect(await egresses.of(1)).toBe(await egresses.of(1));
  expect(await egresses.of(2)).toMatchObject({ url: 'b' });
  expect(open).toEqual(['a', 'b']);
});

it('follows what is stored, and closes what nobody uses any more', async () => {
  const { open, urls, egresses } = setUp({ 1: 'a' });
  await egresses.of(1);
  urls.set(1, 'b');
  expect(await egresses.of(1)).toMatchObject({ url: 'b' });
  expect(open).toEqual(['b']);
  urls.delete(1);
  expect(await egresses.of(1)).toBeNull();
  expect(open).toEqual([]);
});

it('leaves nothing open for sessions that are removed, nor at the end', async () => {
  const { open, egresses } = setUp({ 1: 'a', 2: 'b', 3: 'c' });
  for (const key of [1, 2, 3]) await egresses.of(key);
  await egresses.forget(2);
  expect(open).toEqual(['a', 'c']);
  await egresses.forget(404);
  await egresses.close();
  expect(open).toEqual([]);
});
