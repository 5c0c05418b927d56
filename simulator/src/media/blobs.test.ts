import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBlobStore, createFolderShelf, createMemoryShelf } from './blobs.ts';

const bytes = (length: number) => new Uint8Array(length).fill(length);

describe('blob store', () => {
  it('never keeps more than it may, and forgets the oldest first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 30 }), (sizes) => {
        const shelf = createMemoryShelf();
        const store = createBlobStore(shelf, 100);
        const ids = sizes.map((size) => store.add('d', bytes(size)));
        const kept = ids.map((id) => store.get(id) !== null);
        const total = sizes.reduce((sum, size, index) => sum + (kept[index] ? size : 0), 0);
        expect(total).toBeLessThanOrEqual(100);
        expect(kept).toEqual(kept.toSorted((a, b) => Number(a) - Number(b)));
        expect(shelf.list().reduce((sum, { size }) => sum + size, 0)).toBe(total);
      }),
    );
  });

  it('gives the same bytes another id each time', () => {
    const store = createBlobStore(createMemoryShelf(), 100);
    expect(store.add('same', bytes(1))).not.toBe(store.add('same', bytes(1)));
  });

  it('refuses what it could never hold, and forgets on demand', () => {
    const store = createBlobStore(createMemoryShelf(), 10);
    expect(() => store.add('big', bytes(11))).toThrow(RangeError);
    const id = store.add('small', bytes(10));
    store.delete(id);
    store.delete(id);
    expect(store.get(id)).toBeNull();
    expect(store.get(store.add('next', bytes(10)))).not.toBeNull();
  });
});

describe('folder shelf', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'blobs-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('brings blobs back after a restart, in order of age', () => {
    const before = createBlobStore(createFolderShelf(folder), 100);
    const ids = Array.from({ length: 11 }, (_, index) => before.add('d', bytes(index)));
    const shelf = createFolderShelf(folder);
    expect(shelf.list().map(({ id }) => id)).toEqual(ids);
    const after = createBlobStore(shelf, 100);
    expect(Uint8Array.from(after.get(ids[5] ?? '') ?? [])).toEqual(bytes(5));
    expect(ids).not.toContain(after.add('d', bytes(45)));
    expect(after.get(ids[0] ?? '')).not.toBeNull();
    after.add('d', bytes(10));
    expect([after.get(ids[4] ?? ''), after.get(ids[10] ?? '') !== null]).toEqual([null, true]);
  });

  it('survives a file that somebody took away', () => {
    const store = createBlobStore(createFolderShelf(folder), 100);
    const id = store.add('d', bytes(3));
    createFolderShelf(folder).delete(id);
    expect(store.get(id)).toBeNull();
  });
});
