import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bodyProblem } from './problem.ts';

const body = z.strictObject({
  at: z.union([z.iso.datetime({ offset: true }), z.literal('forever')]).nullable(),
});

function fieldsOf(value: unknown) {
  const { error } = body.safeParse(value);
  return error && bodyProblem(error, value).fields;
}

describe('what is said of an instant that cannot be read', () => {
  it.each(['2026-11-22T21:40:00', '2026-11-22T21:40', '2026-11-22T21:40:00.125'])(
    'is that %s lacks its time zone',
    (at) => {
      const message = `Lacks its time zone: write "${at}Z" (UTC) or "${at}+01:00"`;
      expect(fieldsOf({ at })).toEqual([{ field: '/at', message }]);
    },
  );

  it.each(['tomorrow', '2026-11-22', '2026-13-45T99:00:00Z', ''])('is how to write %j', (at) => {
    const message =
      'Must be a date and time with its time zone, such as "2030-03-04T09:00:00Z" (UTC) or "2030-03-04T09:00:00+01:00"';
    expect(fieldsOf({ at })).toEqual([{ field: '/at', message }]);
  });

  it('is nothing where it can', () => {
    for (const at of ['2026-11-22T21:40:00Z', '2026-11-22T21:40:00+01:00', 'forever', null]) {
      expect(fieldsOf({ at })).toBeUndefined();
    }
  });
});
