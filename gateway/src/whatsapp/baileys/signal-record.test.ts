import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readFields, writeFields } from './protobuf-wire.ts';
import { hasOpenSession, mergeRecords } from './signal-record.ts';

it('reads back the fields it wrote', () => {
  const field = fc.tuple(
    fc.integer({ min: 1, max: 500 }),
    fc.oneof(fc.integer({ min: 0, max: 2 ** 50 }), fc.uint8Array({ maxLength: 300 })),
  );
  fc.assert(
    fc.property(fc.array(field), (fields) => {
      const read = readFields(writeFields(fields));
      expect(read.map(({ number, value }) => [number, value])).toEqual(
        fields.map(([number, value]) => [number, value]),
      );
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      try {
        readFields(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
      expect(typeof hasOpenSession(bytes)).toBe('boolean');
    }),
  );
});

it('merges session records without losing one', () => {
  const record = (current: number, previous: number[]) =>
    writeFields([
      [1, Uint8Array.of(current)],
      ...previous.map((session) => [2, Uint8Array.of(session)] as const),
    ]);
  const merged = readFields(mergeRecords(record(1, [2]), record(3, [4, 5])));
  expect(merged.map(({ number, value }) => [number, ...(value as Uint8Array)])).toEqual([
    [1, 1],
    [2, 3],
    [2, 2],
    [2, 4],
    [2, 5],
  ]);
});
