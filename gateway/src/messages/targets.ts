import { isSharedChat, lidAddress, lidOf, phoneAddress, phoneOf } from '../contacts/address.ts';
import type { IdentityStore } from '../contacts/store.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { MessageTarget, QuotedTarget } from '../whatsapp/content.ts';
import type { MessageRecord, MessageStore } from './store.ts';

/** Finds kept messages that other messages are about. */
export interface Targets {
  /**
   * The message; throws `message_not_found`, pointing at `field`, when it is not kept or belongs to
   * another chat than `chatId` (null: any chat will do).
   */
  find(
    key: SessionKey,
    chatId: string | null,
    messageId: string,
    field: string,
  ): Promise<MessageRecord>;
  /** How a message key names it. */
  target(key: SessionKey, message: MessageRecord): Promise<MessageTarget>;
  /** How an answer names it. */
  quoted(key: SessionKey, message: MessageRecord): Promise<QuotedTarget>;
  /** Its protobuf, base64; throws `message_not_found` when that is no longer kept. */
  encoded(message: MessageRecord): string;
}

export interface TargetsDeps {
  readonly messages: Pick<MessageStore, 'find'>;
  readonly identities: Pick<IdentityStore, 'phoneFor' | 'lidFor'>;
}

export function createTargets({ messages, identities }: TargetsDeps): Targets {
  /** The same person's other address; null while it is unknown. */
  async function otherName(key: SessionKey, address: string): Promise<string | null> {
    const lid = lidOf(address);
    if (lid !== null) {
      const phone = await identities.phoneFor(key, lid);
      return phone === null ? null : phoneAddress(phone);
    }
    const phone = phoneOf(address);
    const known = phone === null ? null : await identities.lidFor(key, phone);
    return known === null ? null : lidAddress(known);
  }

  return {
    async find(key, chatId, messageId, field) {
      const message = await messages.find(key, messageId);
      if (message !== null && (chatId ?? message.chatId) === message.chatId) return message;
      throw messageNotFound(messageId, chatId === null ? UNKNOWN : UNKNOWN_IN_CHAT, field);
    },
    async target(key, message) {
      const { messageId, chatId, fromMe, senderId } = message;
      const shared = isSharedChat(chatId);
      return {
        messageId,
        chatId,
        fromMe,
        participant: shared ? senderId : null,
        participantAlt: shared ? await otherName(key, senderId) : null,
      };
    },
    async quoted(key, { messageId, senderId, encoded }) {
      return {
        messageId,
        participant: senderId,
        participantAlt: await otherName(key, senderId),
        ...(encoded === null ? {} : { encoded: Buffer.from(encoded).toString('base64') }),
      };
    },
    encoded({ messageId, encoded }) {
      if (encoded === null)
        throw messageNotFound(messageId, 'Its content is no longer kept.', '/messageId');
      return Buffer.from(encoded).toString('base64');
    },
  };
}

/** Why a message of any chat cannot be referred to. */
const UNKNOWN = 'It was never seen here or is no longer kept.';

/** The same whether another chat has it: not every key may learn that. */
const UNKNOWN_IN_CHAT =
  'It is none of the chat that is written to, was never seen here or is no longer kept.';

function messageNotFound(messageId: string, why: string, field: string): Problem {
  return new Problem(
    'message_not_found',
    `There is no message "${messageId}" to refer to. ${why}`,
    [{ field, message: why }],
  );
}
