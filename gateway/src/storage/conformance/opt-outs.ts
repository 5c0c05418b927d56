import { describe, expect, it } from 'vitest';
import type { OptOut } from '../../optout/store.ts';
import { type MakeVessel, useWorld } from './harness.ts';

const optOut = (chatId: string, fields: Partial<OptOut> = {}): OptOut => ({
  chatId,
  source: 'api',
  note: 'asked on the phone',
  atMs: 1_700_000_000_000,
  ...fields,
});

/** The contract of `OptOutStore`. */
export function describeOptOutStore(make: MakeVessel): void {
  describe('opt-outs', () => {
    const world = useWorld(make);

    it('keeps the list of each workspace, in pages', async () => {
      const { optOuts } = world().storage;
      for (const name of ['c', 'a', 'b']) await optOuts.add('default', optOut(name));
      await optOuts.add('other', optOut('x', { note: null }));
      const again = optOut('b', { source: 'stop_word', note: 'STOP', atMs: 5 });
      await optOuts.add('default', again);
      await world().reopen();
      const stored = world().storage.optOuts;
      expect(await stored.page('default', 2, null)).toEqual([optOut('a'), again]);
      expect(await stored.page('default', 2, 'b')).toEqual([optOut('c')]);
      expect(await stored.page('other', 2, null)).toEqual([optOut('x', { note: null })]);
      expect(await stored.listed('default', ['x', 'c', 'a'])).toEqual(['a', 'c']);
      expect(await stored.listed('default', [])).toEqual([]);
    });

    it('removes once', async () => {
      const { optOuts } = world().storage;
      await optOuts.add('default', optOut('a'));
      expect(await optOuts.remove('other', 'a')).toBe(false);
      expect(await optOuts.remove('default', 'a')).toBe(true);
      expect(await optOuts.remove('default', 'a')).toBe(false);
      expect(await optOuts.listed('default', ['a'])).toEqual([]);
    });

    it('keeps the words that a workspace has set', async () => {
      const { optOuts } = world().storage;
      expect(await optOuts.words('default')).toBeNull();
      await optOuts.setWords('default', { stop: ['stop'], start: [] });
      await optOuts.setWords('default', { stop: ['baja'], start: ['alta'] });
      expect(await optOuts.words('default')).toEqual({ stop: ['baja'], start: ['alta'] });
      expect(await optOuts.words('other')).toBeNull();
    });
  });
}
