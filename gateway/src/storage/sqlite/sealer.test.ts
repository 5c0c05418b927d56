import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StorageDamaged } from '../errors.ts';
import { createSealer, openJson, type Place, plainSealer, sealJson } from './sealer.ts';

const key = new Uint8Array(32).fill(1);
const sealer = createSealer(key);
const place: Place = ['records', 1, 'session', 'a'];

describe('sealer', () => {
  it('opens what it sealed, in the same place and under the same key only', () => {
    const part = fc.oneof(fc.string(), fc.nat());
    const places = fc.array(part, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.uint8Array(), places, places, (value, here, elsewhere) => {
        const sealed = sealer.seal(value, here);
        expect(Uint8Array.from(sealer.open(sealed, here))).toEqual(value);
        if (JSON.stringify(here) !== JSON.stringify(elsewhere)) {
          expect(() => sealer.open(sealed, elsewhere)).toThrow(StorageDamaged);
        }
        const stranger = createSealer(new Uint8Array(32).fill(2));
        expect(() => stranger.open(sealed, here)).toThrow(StorageDamaged);
      }),
    );
  });

  it('notices every changed or missing byte', () => {
    const sealed = sealer.seal(Uint8Array.of(1, 2, 3), place);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => sealer.open(changed, place)).toThrow(StorageDamaged);
      expect(() => sealer.open(sealed.subarray(0, at), place)).toThrow(StorageDamaged);
    }
  });

  it('never seals alike twice, and is 41 bytes longer', () => {
    const value = Uint8Array.of(1, 2, 3);
    const [one, two] = [sealer.seal(value, place), sealer.seal(value, place)];
    expect(Buffer.compare(one, two)).not.toBe(0);
    expect(one.length).toBe(value.length + 41);
  });

  it('says so when a value is not the JSON that was written', () => {
    const value = { text: 'é', list: [1, null] };
    for (const any of [sealer, plainSealer]) {
      expect(openJson(any, sealJson(any, value, place), place)).toEqual(value);
      const cut = any.seal(Buffer.from('{"text'), place);
      expect(() => openJson(any, cut, place)).toThrow(StorageDamaged);
    }
  });
});
