import type { ResolvedRecipient } from '../contacts/recipients.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { OutgoingBody, OutgoingStatus } from '../whatsapp/content.ts';
import type { Content } from './catalogue/content.ts';
import { type HistoryStore, MAX_ABOUT } from './history-store.ts';
import { deletionIn } from './message-view.ts';
import { audienceOf } from './status-post.ts';
import type { MessageRecord } from './store.ts';
import type { Targets } from './targets.ts';

/** Content that is about another message. */
export type AboutContent = Content & {
  readonly type: 'reaction' | 'edit' | 'delete' | 'pin' | 'forward';
};

/** WhatsApp's clients ignore later edits. */
const EDITABLE_MS = 15 * 60_000;

const FIELD = '/messageId';

/**
 * Finds the message that the content is about and checks what WhatsApp would silently ignore. Throws
 * `message_not_found`, `message_deleted`, `message_not_own` or `message_not_editable`.
 */
export async function composeAbout(
  content: AboutContent,
  { session, to }: { readonly session: SessionRecord; readonly to: ResolvedRecipient },
  targets: Targets,
  history: Pick<HistoryStore, 'about'>,
  nowMs: number,
): Promise<OutgoingBody> {
  if (content.type === 'forward') {
    const message = await targets.find(session.key, null, content.messageId, FIELD);
    await refuseDeleted(history, session.key, message);
    return { type: 'forward', encoded: targets.encoded(message) };
  }
  const message = await targets.find(session.key, to.chatId, content.messageId, FIELD);
  // Deleting again does no harm, and may reach a device that missed it.
  if (content.type !== 'delete') await refuseDeleted(history, session.key, message);
  const target = await targets.target(session.key, message);
  switch (content.type) {
    case 'reaction':
      return { type: 'reaction', target, emoji: content.emoji };
    case 'pin':
      return { type: 'pin', target, seconds: content.seconds };
    case 'delete':
      // In groups an admin may delete what others wrote; WhatsApp decides who is one.
      if (!to.chatId.endsWith('@g.us')) refuseUnlessOwn(message);
      return { type: 'delete', target, ...optional(audienceOf(message)) };
    case 'edit':
      refuseUnlessOwn(message);
      refuseUnlessEditable(message, nowMs);
      return { type: 'edit', target, text: content.text };
  }
}

const optional = (status: OutgoingStatus | null) => (status === null ? {} : { status });

async function refuseDeleted(
  history: Pick<HistoryStore, 'about'>,
  key: SessionKey,
  { messageId }: MessageRecord,
): Promise<void> {
  if (!deletionIn(await history.about(key, messageId, MAX_ABOUT))) return;
  const message = `The message "${messageId}" was deleted for everyone.`;
  throw new Problem('message_deleted', message, [{ field: FIELD, message }]);
}

function refuseUnlessOwn({ fromMe, messageId }: MessageRecord): void {
  if (fromMe) return;
  const message = `The message "${messageId}" was written by somebody else.`;
  throw new Problem('message_not_own', message, [{ field: FIELD, message }]);
}

function refuseUnlessEditable({ type, timestampMs }: MessageRecord, nowMs: number): void {
  const why =
    type !== 'text'
      ? `Only texts can be edited; this is of type "${type}".`
      : nowMs - timestampMs > EDITABLE_MS
        ? 'WhatsApp takes edits for 15 minutes after a message was sent.'
        : null;
  if (why === null) return;
  throw new Problem('message_not_editable', why, [{ field: FIELD, message: why }]);
}
