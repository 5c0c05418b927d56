import { type Caller, seesChat } from '../access/caller.ts';
import { Problem } from '../kernel/errors.ts';
import type { Content } from '../messages/catalogue/content.ts';
import type { MessageStore } from '../messages/store.ts';
import { messageNotFound, UNKNOWN } from '../messages/targets.ts';
import type { SessionKey } from '../sessions/store.ts';

/** Only forwarding takes a message out of its chat; a key that is bound to chats sees no others. */
const isBound = (caller: Caller): boolean => caller.permissions.bindings.chats !== null;

/**
 * Throws `message_not_found` when the content forwards what the caller may not see: the same as for an id
 * that nobody knows, which is all that such a key may learn.
 */
export async function requireForwardable(
  caller: Caller,
  key: SessionKey,
  content: Content,
  messages: Pick<MessageStore, 'find'>,
): Promise<void> {
  if (content.type !== 'forward' || !isBound(caller)) return;
  const message = await messages.find(key, content.messageId);
  if (message !== null && seesChat(caller, message.chatId)) return;
  throw messageNotFound(content.messageId, UNKNOWN, '/messageId');
}

/**
 * Throws `chat_not_allowed` when a key that is bound to chats orders a forward for later, by a body of
 * `send`: which message that is, is only known once it is made.
 */
export function refuseForwardOrder(caller: Caller, body: Readonly<Record<string, unknown>>): void {
  if (body['forward'] === undefined || !isBound(caller)) return;
  const message = 'A key that is bound to chats can forward with send only.';
  throw new Problem('chat_not_allowed', message, [{ field: '/forward', message }]);
}
