import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matcher } from './contact-list.ts';
import {
  displayName,
  isRenamed,
  joinNames,
  NAMELESS,
  type Names,
  onlyMissing,
  withHeard,
} from './names.ts';

const name = fc.option(fc.string({ maxLength: 300 }));
const kept = fc.option(
  fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.trim() === text),
);
const names: fc.Arbitrary<Names> = fc.record({ saved: kept, push: kept, business: kept });
const heard = fc.record({ saved: name, push: name, business: name }, { requiredKeys: [] });

describe('names', () => {
  it('are news once, and what was not told stays', () => {
    fc.assert(
      fc.property(names, heard, (before, told) => {
        const after = withHeard(before, told);
        expect(withHeard(after ?? before, told)).toBeNull();
        for (const kind of ['saved', 'push', 'business'] as const) {
          if (told[kind] === undefined) expect((after ?? before)[kind]).toBe(before[kind]);
          else expect(((after ?? before)[kind]?.length ?? 1) > 0).toBe(true);
        }
      }),
    );
  });

  it('are filled in by older word only where there is none', () => {
    fc.assert(
      fc.property(names, heard, (before, told) => {
        const after = withHeard(before, onlyMissing(before, told)) ?? before;
        for (const kind of ['saved', 'push', 'business'] as const) {
          if (before[kind] !== null) expect(after[kind]).toBe(before[kind]);
        }
        const full = { saved: 'A', push: 'B', business: 'C' };
        expect(onlyMissing(full, told)).toEqual({});
      }),
    );
  });

  it('of nobody are no change, and a first push name is none to tell of', () => {
    fc.assert(
      fc.property(names, (some) => {
        expect(isRenamed(some, some)).toBe(false);
        expect(isRenamed(NAMELESS, { ...some, saved: null })).toBe(false);
        expect(joinNames(some, NAMELESS)).toEqual(some);
        expect(joinNames(NAMELESS, some)).toEqual(some);
      }),
    );
    expect(isRenamed({ ...NAMELESS, push: 'Jo' }, { ...NAMELESS, push: 'John' })).toBe(true);
    expect(isRenamed(NAMELESS, { ...NAMELESS, saved: 'John' })).toBe(true);
  });

  it('are shown as the owner of the phone sees them', () => {
    expect(displayName({ saved: 'John (baker)', push: 'Jo', business: 'Bakery' })).toBe(
      'John (baker)',
    );
    expect(displayName({ saved: null, push: 'Jo', business: 'Bakery' })).toBe('Bakery');
    expect(displayName(NAMELESS)).toBeNull();
  });

  it('are found by a part, whatever the accents, and numbers however they are written', () => {
    const jose = {
      chatId: '5511888888888@s.whatsapp.net',
      names: { ...NAMELESS, saved: 'José da Silva' },
    };
    for (const search of ['jose', 'DA SIL', '+55 (11) 8888', '5511888888888']) {
      expect(matcher(search)(jose)).toBe(true);
    }
    for (const search of ['josefa', '5512', 'whatsapp', '()']) {
      expect(matcher(search)(jose)).toBe(false);
    }
  });
});
