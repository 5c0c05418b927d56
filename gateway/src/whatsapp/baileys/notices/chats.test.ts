import { proto } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { muteEnd, toldByHistory, toldOfChat } from './chats.ts';

const id = '5511888888888@s.whatsapp.net';
const chat = { address: id, alt: null };

describe('what the library says of a chat', () => {
  it('is told as far as the phone said it', () => {
    expect(toldOfChat({ id, archived: true })).toEqual({ chat, archived: true });
    expect(toldOfChat({ id, pinned: 1_700_000_000_000 })).toEqual({ chat, pinned: true });
    expect(toldOfChat({ id, pinned: null })).toEqual({ chat, pinned: false });
    expect(toldOfChat({ id, unreadCount: -1 })).toEqual({ chat, unread: true });
    expect(toldOfChat({ id, unreadCount: 0 })).toEqual({ chat, unread: false });
    expect(toldOfChat({ id, muteEndTime: -1 })).toEqual({ chat, mutedUntilMs: 'forever' });
    for (const unreadCount of [1, 17, null]) expect(toldOfChat({ id, unreadCount })).toBeNull();
    expect(toldOfChat({ archived: true })).toBeNull();
  });

  it('is told by the history as far as it states it', () => {
    const empty = proto.Conversation.decode(proto.Conversation.encode({ id }).finish());
    expect(toldByHistory(empty)).toEqual({ chat });
    const stated = { id, unreadCount: 2, archived: false, pinned: 0, muteEndTime: 0 };
    expect(toldByHistory({ ...stated, conversationTimestamp: 1_700_000_000 })).toEqual({
      chat,
      archived: false,
      pinned: false,
      mutedUntilMs: null,
      unread: true,
      listedAtMs: 1_700_000_000_000,
    });
    const group = { id: '120363041234567890@g.us', name: 'Team' };
    expect(toldByHistory(group)).toMatchObject({ subject: 'Team' });
  });

  it('mutes until the same instant, in seconds or milliseconds, or for ever', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000_000_000, max: 4_000_000_000 }), (seconds) => {
        expect(muteEnd(seconds)).toBe(seconds * 1000);
        expect(muteEnd(seconds * 1000)).toBe(seconds * 1000);
      }),
    );
    expect([0, null, undefined, 'x', -5].map(muteEnd)).toEqual([null, null, null, null, null]);
    expect(muteEnd(18_446_744_073_709_551_615n)).toBe('forever');
  });
});
