import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { openExport, sealExport } from './export-file.ts';

const content = Buffer.from('the keys of a session');

describe('an export file', () => {
  it('opens with its passphrase, however its accents are written, and with no other', async () => {
    const file = await sealExport(content, 'pássword one', seededRandom(1));
    const opened = await openExport(file, 'pa\u0301ssword one');
    expect(opened.kind === 'opened' && Buffer.from(opened.content)).toEqual(content);
    expect(await openExport(file, 'password one')).toEqual({ kind: 'closed' });
    expect(Buffer.from(file).includes(content)).toBe(false);
  });

  it('notices every changed byte and every cut', async () => {
    const file = await sealExport(content, 'a passphrase', seededRandom(2));
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.boolean(), async (at, isCut) => {
        const changed = isCut ? file.slice(0, at) : Uint8Array.from(file);
        if (!isCut) changed[at] = (changed[at] ?? 0) ^ 1;
        expect((await openExport(changed, 'a passphrase')).kind).not.toBe('opened');
      }),
      { numRuns: 12 },
    );
  });
});
