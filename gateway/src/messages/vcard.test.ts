import { describe, expect, it } from 'vitest';
import { vcardOf } from './vcard.ts';

const person = {
  kind: 'person',
  displayName: 'Ana Lima',
  organization: null,
  email: null,
} as const;

describe('vcardOf', () => {
  it('makes a card that clients offer to chat with', () => {
    expect(vcardOf({ ...person, phones: ['+55 (11) 77777-7777'] })).toEqual({
      displayName: 'Ana Lima',
      vcard: [
        'BEGIN:VCARD',
        'VERSION:3.0',
        'N:;Ana Lima;;;',
        'FN:Ana Lima',
        'TEL;type=CELL;type=VOICE;waid=5511777777777:+5511777777777',
        'END:VCARD',
      ].join('\r\n'),
    });
  });

  it('lets no value break out of its line', () => {
    const evil = 'Ana; Lima, \\ \r\nTEL:+1\nEND:VCARD';
    const { vcard } = vcardOf({
      ...person,
      displayName: evil,
      organization: evil,
      phones: ['1234567'],
    });
    expect(vcard.split('\r\n').filter((line) => /^(TEL|END)/.test(line))).toEqual([
      'TEL;type=CELL;type=VOICE;waid=1234567:+1234567',
      'END:VCARD',
    ]);
    expect(vcard).toContain('FN:Ana\\; Lima\\, \\\\ \\nTEL:+1\\nEND:VCARD');
  });

  it('folds long lines between characters', () => {
    const { vcard } = vcardOf({ ...person, displayName: '😀'.repeat(60), phones: ['1234567'] });
    const lines = vcard.split('\r\n');
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
    expect(vcard.replaceAll('\r\n ', '')).toContain(`FN:${'😀'.repeat(60)}`);
  });

  it('puts the line ends of a finished card right', () => {
    const vcard = 'BEGIN:VCARD\nFN:Rui\nEND:VCARD\n';
    expect(vcardOf({ kind: 'vcard', displayName: 'Rui', vcard }).vcard).toBe(
      'BEGIN:VCARD\r\nFN:Rui\r\nEND:VCARD',
    );
  });
});
