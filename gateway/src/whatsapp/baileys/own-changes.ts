import { proto, type WAPatchCreate } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import type { MessageTarget } from '../content.ts';
import { type OwnChange, SettingsNotShared } from '../port.ts';
import { chatPatch } from './chat-patch.ts';
import { keyOf } from './message-key.ts';
import { type Addressing, personIn } from './outgoing-addresses.ts';
import { type SettingsSocket, shareChange } from './shared-settings.ts';
import type { LibrarySocket } from './wiring.ts';

/** Carries out a change to a chat that names people by `addressing`, or to messages of it. */
export async function applyOwnChange(
  socket: Pick<LibrarySocket, 'readMessages'> & SettingsSocket,
  chatId: string,
  change: OwnChange,
  addressing: Addressing | null,
  clock: Clock,
): Promise<void> {
  const inChat = (target: MessageTarget) => (addressing ? personIn(target, addressing) : target);
  switch (change.type) {
    case 'read':
      return socket.readMessages(change.messages.map((target) => keyOf(inChat(target))));
    case 'star':
    case 'delete_for_me': {
      const target = inChat(change.target);
      return applyShared(socket, messagePatch(chatId, { ...change, target }), clock);
    }
    case 'pin_chat':
    case 'mute':
      return applyShared(socket, chatPatch(chatId, change), clock);
    case 'archive':
    case 'mark_unread':
    case 'clear_chat':
    case 'delete_chat': {
      const { newest } = change;
      const named = newest && { ...newest, target: inChat(newest.target) };
      return applyShared(socket, chatPatch(chatId, { ...change, newest: named }), clock);
    }
  }
}

/** As `shareChange`; rejects with `SettingsNotShared` while the settings are closed to us. */
export async function applyShared(
  socket: SettingsSocket,
  patch: WAPatchCreate,
  clock: Clock,
): Promise<void> {
  if (!socket.authState.creds.myAppStateKeyId) {
    throw new SettingsNotShared('the phone has not handed over its keys');
  }
  await shareChange(socket, patch, clock);
}

type MessageChange = Extract<OwnChange, { type: 'star' | 'delete_for_me' }>;

/**
 * The patch of the settings that an account's devices share. Collections, versions and indexes are
 * WhatsApp's (the library's own patches name no author, so that they miss what others wrote in groups).
 */
function messagePatch(chatId: string, change: MessageChange): WAPatchCreate {
  const { messageId, fromMe, participant } = change.target;
  const author = !fromMe && participant ? participant : '0';
  const about = [chatId, messageId, fromMe ? '1' : '0', author];
  const { SET } = proto.SyncdMutation.SyncdOperation;
  switch (change.type) {
    case 'star':
      return {
        syncAction: { starAction: { starred: change.starred } },
        index: ['star', ...about],
        type: 'regular_low',
        apiVersion: 2,
        operation: SET,
      };
    case 'delete_for_me': {
      const messageTimestamp = Math.floor(change.sentAtMs / 1000);
      return {
        syncAction: { deleteMessageForMeAction: { deleteMedia: true, messageTimestamp } },
        index: ['deleteMessageForMe', ...about],
        type: 'regular_high',
        apiVersion: 3,
        operation: SET,
      };
    }
  }
}
