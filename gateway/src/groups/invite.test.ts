import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inviteLink, readInvite } from './invite.ts';

const CODE = 'Jx3fTa9QmPb2Wq7LrYk5Zd';

describe('readInvite', () => {
  it.each([
    CODE,
    ` ${CODE}\n`,
    inviteLink(CODE),
    `http://chat.whatsapp.com/${CODE}`,
    `chat.whatsapp.com/${CODE}`,
    `https://chat.whatsapp.com/invite/${CODE}`,
    `https://chat.whatsapp.com/${CODE}?mode=ac_t`,
  ])('reads %j', (text) => {
    expect(readInvite(text)).toBe(CODE);
  });

  it.each(['', 'abc', 'https://example.com/', 'a b c d e f g h', 'https://wa.me/5511888888888'])(
    'refuses %j',
    (text) => {
      expect(() => readInvite(text)).toThrow(expect.objectContaining({ code: 'invite_invalid' }));
    },
  );

  it('reads what it links to', () => {
    const codes = fc.stringMatching(/^[A-Za-z0-9_-]{8,64}$/);
    fc.assert(
      fc.property(codes, (code) => {
        expect(readInvite(inviteLink(code))).toBe(code);
      }),
    );
  });
});
