import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecipient } from './recipient.ts';

const phone = { kind: 'phone', phone: '5511999999999' };

function canonical(result: ReturnType<typeof parseRecipient>): string | null {
  if (result.kind === 'invalid') return null;
  return result.kind === 'phone' ? `${result.phone}@s.whatsapp.net` : result.chatId;
}

describe('parseRecipient', () => {
  it.each([
    '5511999999999',
    '+5511999999999',
    '+55 (11) 99999-9999',
    ' 55.11.99999.9999 ',
    '\u202a+55\u00a011 99999\u20119999\u202c',
    '5511999999999@s.whatsapp.net',
    '5511999999999@S.WhatsApp.Net',
    '5511999999999@c.us',
    '5511999999999:12@s.whatsapp.net',
    '5511999999999_1:12@s.whatsapp.net',
  ])('reads %j as the phone', (input) => {
    expect(parseRecipient(input)).toEqual(phone);
  });

  it.each([
    ['123456789012345@lid', { kind: 'lid', lid: '123456789012345', chatId: '123456789012345@lid' }],
    ['1234567890:3@lid', { kind: 'lid', lid: '1234567890', chatId: '1234567890@lid' }],
    ['120363041234567890@g.us', { kind: 'group', chatId: '120363041234567890@g.us' }],
    ['5511999999999-1609459200@g.us', { kind: 'group', chatId: '5511999999999-1609459200@g.us' }],
    [
      '120363144038483540@newsletter',
      { kind: 'newsletter', chatId: '120363144038483540@newsletter' },
    ],
    ['status@broadcast', { kind: 'status', chatId: 'status@broadcast' }],
  ])('reads %j', (input, expected) => {
    expect(parseRecipient(input)).toEqual(expected);
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['+', 'not a phone number'],
    ['hello', 'not a phone number'],
    ['+55+11999999999', 'not a phone number'],
    ['٥٥١١٩٩٩٩٩٩٩٩٩', 'not a phone number'],
    ['5511999999999,5511888888888', 'not a phone number'],
    ['tel:+5511999999999', 'not a phone number'],
    ['011999999999', 'starts with 0'],
    ['005511999999999', 'starts with 0'],
    ['123456', '7 to 15 digits'],
    ['1234567890123456', '7 to 15 digits'],
    ['+55 11@s.whatsapp.net', 'before @'],
    ['123@s.whatsapp.net', '7 to 15 digits'],
    ['abc@lid', '@lid'],
    ['group@g.us', '@g.us'],
    ['5511999999999:1@g.us', '@g.us'],
    ['x@newsletter', '@newsletter'],
    ['1234567@broadcast', 'status@broadcast'],
    ['5511999999999@example.com', 'ends in none'],
    ['5511999999999@s.whatsapp.net@lid', 'ends in none'],
    [`5511999999999${' '.repeat(80)}1`, 'longer than'],
  ])('refuses %j and says why', (input, part) => {
    const result = parseRecipient(input);
    expect(result.kind).toBe('invalid');
    expect(result.kind === 'invalid' && result.reason).toContain(part);
  });

  const digits = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.stringMatching(/^\d{6,14}$/))
    .map(([first, rest]) => `${first}${rest}`);

  it('keeps every digit of a phone however it is dressed', () => {
    const spaces = fc.constantFrom('', ' ', '-', '.', ' (', ') ');
    fc.assert(
      fc.property(
        digits,
        fc.array(spaces, { maxLength: 15 }),
        fc.boolean(),
        (number, gaps, plus) => {
          const dressed = Array.from(number, (digit, i) => digit + (gaps[i] ?? '')).join('');
          expect(parseRecipient((plus ? '+' : '') + dressed)).toEqual({
            kind: 'phone',
            phone: number,
          });
        },
      ),
    );
  });

  it('never throws, and what it accepts it reads the same way again', () => {
    const domains = fc.constantFrom(
      's.whatsapp.net',
      'c.us',
      'lid',
      'g.us',
      'newsletter',
      'broadcast',
      'x',
    );
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(fc.string(), domains).map(([user, domain]) => `${user}@${domain}`),
      fc.tuple(digits, domains).map(([user, domain]) => `${user}@${domain}`),
    );
    fc.assert(
      fc.property(anything, (input) => {
        const result = parseRecipient(input);
        expect(parseRecipient(canonical(result) ?? '')).toEqual(
          result.kind === 'invalid' ? parseRecipient('') : result,
        );
      }),
    );
  });
});
