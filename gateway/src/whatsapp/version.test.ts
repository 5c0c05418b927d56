import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClientVersion,
  chooseVersion,
  parseVersion,
  readPublished,
  type VersionBook,
  versionText,
  withAccepted,
  withRefused,
} from './version.ts';

const v = (revision: number): ClientVersion => [2, 3000, revision];
const bundled = v(100);
const fresh: VersionBook = { pinned: null, bundled, good: null, published: null, refused: [] };

const version = fc.tuple(
  fc.constantFrom(2, 3),
  fc.constantFrom(2999, 3000),
  fc.integer({ min: 1, max: 9 }),
);
const optional = fc.option(version, { nil: null });
const books: fc.Arbitrary<VersionBook> = fc.record({
  pinned: fc.constant(null),
  bundled: version,
  good: optional,
  published: optional,
  refused: fc.array(version, { maxLength: 4 }),
});

describe('the version that is presented', () => {
  it('is the newest that is known, and the pinned one before all', () => {
    expect(chooseVersion(fresh)).toEqual({ version: bundled, source: 'bundled', isHopeful: true });
    const known = { ...fresh, good: v(120), published: v(130) };
    expect(chooseVersion(known)).toMatchObject({ version: v(130), source: 'published' });
    expect(chooseVersion({ ...known, pinned: v(7) })).toMatchObject({ source: 'pinned' });
    expect(chooseVersion({ ...known, bundled: v(140) })).toMatchObject({ source: 'bundled' });
  });

  it('gives way to the last good one when the newest does not work, and says when nothing is left', () => {
    const known = withRefused({ ...fresh, good: v(120), published: v(130) }, v(130));
    expect(chooseVersion(known)).toMatchObject({ version: v(120), source: 'good' });
    const worse = withRefused(withRefused(known, v(120)), bundled);
    expect(chooseVersion(worse)).toMatchObject({ version: v(130), isHopeful: false });
    expect(chooseVersion(withRefused({ ...fresh, pinned: v(7) }, v(7))).isHopeful).toBe(false);
  });

  it('is never one that was refused, as long as there is another', () => {
    fc.assert(
      fc.property(books, (book) => {
        const { version: chosen, isHopeful } = chooseVersion(book);
        const candidates = [book.bundled, book.good, book.published].filter((one) => one !== null);
        const refused = new Set(book.refused.map(versionText));
        expect(candidates.map(versionText)).toContain(versionText(chosen));
        expect(refused.has(versionText(chosen))).toBe(!isHopeful);
        if (!isHopeful) {
          expect(candidates.every((one) => refused.has(versionText(one)))).toBe(true);
        }
      }),
    );
  });

  it('changes with each refusal until none is left, and an accepted one is hopeful again', () => {
    fc.assert(
      fc.property(books, (book) => {
        let current = book;
        const tried = new Set<string>();
        for (let choice = chooseVersion(current); choice.isHopeful; ) {
          expect(tried.has(versionText(choice.version))).toBe(false);
          tried.add(versionText(choice.version));
          current = withRefused(current, choice.version);
          choice = chooseVersion(current);
        }
        const { version: last } = chooseVersion(current);
        expect(chooseVersion(withAccepted(current, last))).toMatchObject({ isHopeful: true });
        expect(current.refused.length).toBeLessThanOrEqual(8);
      }),
    );
  });
});

describe('reading versions', () => {
  it('takes what it wrote, and nothing else', () => {
    fc.assert(
      fc.property(version, (one) => {
        expect(parseVersion(versionText(one))).toEqual(one);
      }),
    );
    for (const text of [
      '',
      '2.3000',
      '2.3000.x',
      '2.3000.1.2',
      ' 2.3000.1',
      `2.3000.${'9'.repeat(13)}`,
    ]) {
      expect(parseVersion(text)).toBeNull();
    }
  });

  it('finds the revision in the service worker, however often it is escaped', () => {
    for (const quote of ['"', '\\"', '\\\\\\"']) {
      const script = `self.x=1;{${quote}client_revision${quote}:1043857760,${quote}y${quote}:1}`;
      expect(readPublished(script, bundled)).toEqual([2, 3000, 1043857760]);
    }
    for (const script of ['', '<html>', '"client_revision":0', '"client_revision":"x"']) {
      expect(readPublished(script, bundled)).toBeNull();
    }
  });
});
