import type { WireContent, WireMessage } from '../../whatsapp/port.ts';

/** The number that receives in tests. */
export const own = { phone: '5511999999999', lid: '900000000000001' };

/** A message from John to the own number, for tests. */
export function wireMessage(
  content: WireContent,
  more: Partial<Omit<WireMessage, 'content'>> = {},
): WireMessage {
  return {
    messageId: 'ABC123',
    chat: '5511888888888@s.whatsapp.net',
    chatAlt: '800000000000002@lid',
    participant: null,
    participantAlt: null,
    fromMe: false,
    pushName: 'John Doe',
    timestampMs: 1_709_510_400_000,
    delayed: false,
    encoded: new Uint8Array([10, 0]),
    ...more,
    content,
  };
}

/** The same from Ana in a group that is addressed by LID. */
export const inGroup = {
  chat: '120363041234567890@g.us',
  chatAlt: null,
  participant: '700000000000003@lid',
  participantAlt: '5511777777777@s.whatsapp.net',
  pushName: 'Ana',
} as const;
