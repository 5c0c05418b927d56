import type { Caller } from '../access/caller.ts';
import { Problem } from '../kernel/errors.ts';
import type { Content } from '../messages/catalogue/content.ts';
import type { RequireMessage } from '../messages/message-sight.ts';
import type { SessionKey } from '../sessions/store.ts';

/**
 * Throws `message_not_found` when the content forwards what the caller may not see. Only forwarding takes
 * a message out of its chat.
 */
export async function requireForwardable(
  requireMessage: RequireMessage,
  caller: Caller,
  key: SessionKey,
  content: Content,
): Promise<void> {
  if (content.type !== 'forward') return;
  await requireMessage(caller, key, content.messageId, '/messageId');
}

/**
 * Throws `chat_not_allowed` when a key that is bound to chats orders a forward for later, by a body of
 * `send`: which message that is, is only known once it is made.
 */
export function refuseForwardOrder(caller: Caller, body: Readonly<Record<string, unknown>>): void {
  if (body['forward'] === undefined || caller.permissions.bindings.chats === null) return;
  const message = 'A key that is bound to chats can forward with send only.';
  throw new Problem('chat_not_allowed', message, [{ field: '/forward', message }]);
}
