import { type Caller, seesChat } from '../access/caller.ts';
import { lidAddress, phoneOf } from '../contacts/address.ts';
import type { IdentityStore } from '../contacts/store.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { MessageStore } from './store.ts';

/**
 * Holds a caller that is bound to chats to the messages of these: throws `message_not_found` for any
 * other message, in the same words whether it exists or not. Who is bound to none passes unasked.
 */
export type RequireMessage = (caller: Caller, key: SessionKey, messageId: string) => Promise<void>;

export interface MessageSightDeps {
  readonly messages: Pick<MessageStore, 'find'>;
  readonly identities: Pick<IdentityStore, 'lidFor'>;
}

export function createMessageSight({ messages, identities }: MessageSightDeps): RequireMessage {
  /** Chats with people are kept under the number; a key may be bound to the same person's LID. */
  async function sees(caller: Caller, key: SessionKey, chatId: string): Promise<boolean> {
    if (seesChat(caller, chatId)) return true;
    const phone = phoneOf(chatId);
    const lid = phone === null ? null : await identities.lidFor(key, phone);
    return lid !== null && seesChat(caller, lidAddress(lid));
  }

  return async (caller, key, messageId) => {
    if (caller.permissions.bindings.chats === null) return;
    const message = await messages.find(key, messageId);
    if (message !== null && (await sees(caller, key, message.chatId))) return;
    throw new Problem(
      'message_not_found',
      `There is no message "${messageId}" in the chats of this key, or it is no longer kept.`,
    );
  };
}
