import { parseRecipient } from '../contacts/recipient.ts';
import { Problem } from '../kernel/errors.ts';

/** The address of a group; throws `invalid_recipient` when the text names none. Pure. */
export function groupId(text: string): string {
  const recipient = parseRecipient(text);
  if (recipient.kind === 'group') return recipient.chatId;
  const reason = 'It is not the id of a group, such as 120363012345678901@g.us.';
  throw new Problem('invalid_recipient', reason, [{ field: '/chatId', message: reason }]);
}
