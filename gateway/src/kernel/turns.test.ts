import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

describe('createTurns', () => {
  it('lets so many work at once, in order, whatever becomes of each', async () => {
    const works = fc.array(fc.boolean(), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), works, fc.scheduler(), async (...given) => {
        const [atOnce, fates, scheduler] = given;
        const inTurn = createTurns(atOnce);
        const begun: number[] = [];
        let running = 0;
        let most = 0;
        const ends = fates.map((fails, index) =>
          inTurn(async () => {
            begun.push(index);
            most = Math.max(most, ++running);
            await scheduler.schedule(Promise.resolve());
            running--;
            if (fails) throw new Error('failed');
            return index;
          }),
        );
        const settled = Promise.allSettled(ends);
        await scheduler.waitFor(settled);
        const outcomes = (await settled).map(({ status }) => status === 'rejected');
        expect(outcomes).toEqual(fates);
        expect(begun).toEqual([...fates.keys()]);
        expect(most).toBe(Math.min(atOnce, fates.length));
      }),
    );
  });
});
