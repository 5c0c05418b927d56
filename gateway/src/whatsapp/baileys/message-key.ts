import type { WAMessageKey } from 'baileys';
import type { MessageTarget } from '../content.ts';

/** How the protocol names a message. */
export function keyOf(target: MessageTarget): WAMessageKey {
  const { messageId: id, chatId: remoteJid, fromMe, participant } = target;
  return participant === null ? { id, remoteJid, fromMe } : { id, remoteJid, fromMe, participant };
}
