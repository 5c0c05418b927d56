import { proto, type WAPatchCreate } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import type { MessageTarget } from '../content.ts';
import { type OwnChange, SettingsNotShared } from '../port.ts';
import { keyOf } from './message-key.ts';
import { type Addressing, personIn } from './outgoing-addresses.ts';
import { type SettingsSocket, shareChange } from './shared-settings.ts';
import type { LibrarySocket } from './wiring.ts';

/** Carries out a change to messages of a chat that names people by `addressing`. */
export async function applyOwnChange(
  socket: Pick<LibrarySocket, 'readMessages'> & SettingsSocket,
  chatId: string,
  change: OwnChange,
  addressing: Addressing | null,
  clock: Clock,
): Promise<void> {
  const inChat = (target: MessageTarget) => (addressing ? personIn(target, addressing) : target);
  if (change.type === 'read') {
    await socket.readMessages(change.messages.map((target) => keyOf(inChat(target))));
    return;
  }
  if (!socket.authState.creds.myAppStateKeyId) {
    throw new SettingsNotShared('the phone has not handed over its keys');
  }
  const shared = sharedChange(chatId, { ...change, target: inChat(change.target) });
  await shareChange(socket, shared, clock);
}

type SharedChange = Exclude<OwnChange, { type: 'read' }>;

/**
 * The patch of the settings that an account's devices share. Collections, versions and indexes are
 * WhatsApp's (the library's own patches name no author, so that they miss what others wrote in groups).
 */
export function sharedChange(chatId: string, change: SharedChange): WAPatchCreate {
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
