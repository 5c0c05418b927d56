import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentFromSend } from './catalogue/catalogue.ts';
import { STATUS_CHAT, statusOf } from './status-post.ts';

const options = (status?: object) =>
  contentFromSend({ to: '5511999999999', text: 'x', ...(status ? { status } : {}) }).options;

describe('statusOf', () => {
  it('names each viewer once, by address', () => {
    const recipients = ['+55 11 98888-7777', '5511988887777', '123456@lid'];
    expect(statusOf(options({ recipients, background: '#102030' }), STATUS_CHAT)).toEqual({
      audience: ['5511988887777@s.whatsapp.net', '123456@lid'],
      backgroundArgb: 0xff102030,
    });
  });

  it('is nothing elsewhere, and not to be left out there', () => {
    const chat = '5511999999999@s.whatsapp.net';
    expect(statusOf(options(), chat)).toBeNull();
    expect(() => statusOf(options(), STATUS_CHAT)).toThrow('Say who is to see the post');
    expect(() => statusOf(options({ recipients: ['5511999999999'] }), chat)).toThrow(STATUS_CHAT);
  });

  it('makes every colour opaque and keeps it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffff }), (colour) => {
        const background = `#${colour.toString(16).padStart(6, '0')}`;
        const status = { recipients: ['5511999999999'], background };
        const argb = statusOf(options(status), STATUS_CHAT)?.backgroundArgb ?? 0;
        expect(argb - 0xff000000).toBe(colour);
      }),
    );
  });
});
