import { type Caller, seesChat } from '../access/caller.ts';
import { personOf } from '../contacts/person.ts';
import type { IdentityStore } from '../contacts/store.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { MessageStore } from './store.ts';

/**
 * Holds a caller that is bound to chats to the messages of these: throws `message_not_found` for any
 * other message, in the same words whether it exists or not, pointing at the `field` of the body that
 * names it. Who is bound to none passes unasked.
 */
export type RequireMessage = (
  caller: Caller,
  key: SessionKey,
  messageId: string,
  field?: string,
) => Promise<void>;

export interface MessageSightDeps {
  readonly messages: Pick<MessageStore, 'find'>;
  readonly identities: Pick<IdentityStore, 'phoneFor' | 'lidFor'>;
}

const WHY = 'It is not in the chats of this key, was never seen here or is no longer kept.';

export function createMessageSight({ messages, identities }: MessageSightDeps): RequireMessage {
  /** A chat is kept under one name of a person; a key may be bound to the other. */
  async function sees(caller: Caller, key: SessionKey, chatId: string): Promise<boolean> {
    if (seesChat(caller, chatId)) return true;
    const { phone, lid } = await personOf(identities, key, { address: chatId, alt: null });
    return [phone, lid].some((name) => name !== null && seesChat(caller, name));
  }

  return async (caller, key, messageId, field) => {
    if (caller.permissions.bindings.chats === null) return;
    const message = await messages.find(key, messageId);
    if (message !== null && (await sees(caller, key, message.chatId))) return;
    const pointers = field === undefined ? [] : [{ field, message: WHY }];
    throw new Problem('message_not_found', `There is no message "${messageId}". ${WHY}`, pointers);
  };
}
