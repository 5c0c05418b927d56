import { expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import { BoundedCache } from './bounded-cache.ts';

it('forgets the oldest and the outdated', async () => {
  const clock = new VirtualClock();
  const cache = new BoundedCache(clock, 2, 1_000);
  for (const key of ['a', 'b', 'c']) cache.set(key, key);
  expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([undefined, 'b', 'c']);
  await clock.advance(1_000);
  expect(cache.get('b')).toBeUndefined();
});
