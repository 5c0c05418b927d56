import { type AuthenticationCreds, jidDecode } from 'baileys';
import { isLidServer, isPhoneServer, isSameUser } from './jid.ts';
import type { LibrarySocket } from './wiring.ts';

/**
 * Whether a chat has somebody to encrypt for. When WhatsApp does not name the devices of a person (the
 * question timed out, or there is no such person), the library sends a stanza without recipients, or to
 * our own phone only, and reports success. Asking first keeps that from happening; the answer is cached,
 * so the send itself does not ask again.
 */
export async function hasDevices(
  socket: LibrarySocket,
  creds: AuthenticationCreds,
  chatId: string,
): Promise<boolean> {
  const chat = jidDecode(chatId);
  if (!chat || (!isPhoneServer(chat.server) && !isLidServer(chat.server))) return true;
  if (isSameUser(chatId, creds.me?.id) || isSameUser(chatId, creds.me?.lid)) return true;
  const devices = await socket.getUSyncDevices([chatId], true, false);
  return devices.some(({ user }) => user === chat.user);
}
