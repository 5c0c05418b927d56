import { expect, it } from 'vitest';
import { addressCursor, idCursor, pageQuery } from './paging.ts';

it('takes the cursors that lists give, and no others', () => {
  const id = '01KAQ5V1Z8T0M3K9YB2N6R4C7D';
  const address = '84912345678901@lid';
  const takes = (cursor: typeof idCursor, after?: string) =>
    pageQuery(20, 100, cursor).safeParse({ after }).success;
  expect([takes(idCursor), takes(idCursor, id), takes(addressCursor, address)]).toEqual([
    true,
    true,
    true,
  ]);
  for (const madeUp of ['', 'garbage', address]) expect(takes(idCursor, madeUp)).toBe(false);
  for (const madeUp of ['', 'garbage', id]) expect(takes(addressCursor, madeUp)).toBe(false);
});
