import { describe, expect, it } from 'vitest';
import { readCredential } from './credential.ts';

describe('readCredential', () => {
  it.each<[string | undefined, string | undefined, string]>([
    [undefined, undefined, 'none'],
    ['Bearer abc', undefined, 'key'],
    ['bearer   abc ', undefined, 'key'],
    [undefined, 'abc', 'key'],
    ['Bearer abc', 'abc', 'key'],
    ['Bearer abc', 'abd', 'malformed'],
    ['Basic YWJj', undefined, 'malformed'],
    ['Basic YWJj', 'abc', 'malformed'],
    ['Bearer', undefined, 'malformed'],
    ['Bearer a b', undefined, 'malformed'],
    ['', undefined, 'malformed'],
    [undefined, '', 'malformed'],
    [undefined, 'x'.repeat(513), 'malformed'],
    [`Bearer ${'x'.repeat(513)}`, undefined, 'malformed'],
  ])('Authorization %o, X-Api-Key %o: %s', (authorization, apiKey, kind) => {
    expect(readCredential(authorization, apiKey).kind).toBe(kind);
  });

  it('gives the key without what surrounds it', () => {
    expect(readCredential('Bearer abc', undefined)).toEqual({ kind: 'key', text: 'abc' });
  });
});
