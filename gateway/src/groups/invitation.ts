import { z } from 'zod';
import { Problem } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { Invitation } from '../whatsapp/groups.ts';

/** What is needed of a kept message to find an invitation in it. */
export interface KeptMessage {
  readonly senderId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What invitations need of messages. */
export interface KeptMessages {
  /** Null when it is not kept. */
  find(key: SessionKey, messageId: string): Promise<KeptMessage | null>;
}

const invitationSchema = z.object({
  type: z.literal('group_invite'),
  lid: z.string().nullish(),
  invite: z.object({ chatId: z.string(), code: z.string(), expiresAt: z.number().nullable() }),
});

/**
 * The invitation that came as a message. Throws `message_not_found`, and `invite_invalid` when the message
 * is no invitation. Pure.
 */
export function invitationIn(messageId: string, message: KeptMessage | null): Invitation {
  if (message === null) {
    throw new Problem(
      'message_not_found',
      `There is no message "${messageId}", or it is no longer kept.`,
      [{ field: '/messageId', message: 'It was never seen here or is no longer kept.' }],
    );
  }
  const read = invitationSchema.safeParse(message.data);
  if (!read.success) {
    const wrong = 'It is not an invitation into a group.';
    throw new Problem('invite_invalid', wrong, [{ field: '/messageId', message: wrong }]);
  }
  const { lid, invite } = read.data;
  return {
    chatId: invite.chatId,
    code: invite.code,
    expiresMs: (invite.expiresAt ?? 0) * 1000,
    from: lid ?? message.senderId,
  };
}
