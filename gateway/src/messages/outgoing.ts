import type { ResolvedRecipient } from '../contacts/recipients.ts';
import type { IdentityStore } from '../contacts/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { OutgoingBody, OutgoingContent } from '../whatsapp/content.ts';
import type { SendRequest } from './catalogue/catalogue.ts';
import type { Content } from './catalogue/content.ts';
import type { SendOptions } from './catalogue/options.ts';
import type { Convert } from './converter.ts';
import type { Media } from './media.ts';
import { createMediaComposer } from './media-content.ts';
import { contextOf } from './outgoing-context.ts';
import { type Shown, shownOf } from './shown.ts';
import type { MessageRecord, MessageStore } from './store.ts';
import { createTargets } from './targets.ts';
import { vcardOf } from './vcard.ts';

/** Where a message goes, and where its media waits until it is sent. */
export interface Destination {
  readonly session: SessionRecord;
  readonly to: ResolvedRecipient;
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/** Content that is ready to be stored with a job: every medium lies in a file. */
export interface Composed {
  readonly content: OutgoingContent;
  /** Files made for it, each inside the folder given; whoever keeps the content removes them. */
  readonly files: readonly string[];
  /** What the message's events say about its content. */
  readonly shown: Shown;
}

export interface Composer {
  /**
   * Fetches and converts media and finds the messages referred to. Throws a `Problem` that points at the
   * field; then nothing is left in the folder.
   */
  compose(
    request: Pick<SendRequest, 'content' | 'options'>,
    destination: Destination,
  ): Promise<Composed>;
}

export interface ComposerDeps {
  readonly media: Media;
  readonly convert: Convert;
  readonly messages: Pick<MessageStore, 'find'>;
  readonly identities: Pick<IdentityStore, 'phoneFor' | 'lidFor'>;
  readonly clock: Clock;
}

/** WhatsApp's clients ignore later edits. */
const EDITABLE_MS = 15 * 60_000;

/** Turns a validated request into what WhatsApp's side takes. */
export function createComposer(deps: ComposerDeps): Composer {
  const { clock } = deps;
  const media = createMediaComposer(deps.media, deps.convert);
  const targets = createTargets(deps);

  async function bodyOf(
    content: Content,
    options: SendOptions,
    destination: Destination,
  ): Promise<OutgoingBody> {
    switch (content.type) {
      case 'text':
      case 'location':
      case 'event':
        return content;
      case 'poll': {
        const { name: question, options, selectableCount } = content;
        return { type: 'poll', question, options, selectableCount };
      }
      case 'contact':
        return { type: 'contact', contacts: content.contacts.map(vcardOf) };
      case 'image':
      case 'video':
      case 'audio':
      case 'document':
      case 'sticker':
        return media.compose(content, options.viewOnce, destination.folder, destination.signal);
      case 'reaction':
      case 'edit':
      case 'delete':
      case 'pin':
      case 'forward':
        return aboutMessage(content, destination);
    }
  }

  async function aboutMessage(
    content: Content & { type: 'reaction' | 'edit' | 'delete' | 'pin' | 'forward' },
    { session, to }: Destination,
  ): Promise<OutgoingBody> {
    const field = '/messageId';
    if (content.type === 'forward') {
      const message = await targets.find(session.key, null, content.messageId, field);
      return { type: 'forward', encoded: targets.encoded(message) };
    }
    const message = await targets.find(session.key, to.chatId, content.messageId, field);
    const target = await targets.target(session.key, message);
    switch (content.type) {
      case 'reaction':
        return { type: 'reaction', target, emoji: content.emoji };
      case 'pin':
        return { type: 'pin', target, seconds: content.seconds };
      case 'delete':
        if (!to.chatId.endsWith('@g.us')) refuseUnlessOwn(message);
        return { type: 'delete', target };
      case 'edit':
        refuseUnlessOwn(message);
        refuseUnlessEditable(message, clock.now());
        return { type: 'edit', target, text: content.text };
    }
  }

  return {
    async compose({ content, options }, destination) {
      const { session, to } = destination;
      const quoted =
        options.replyTo === null
          ? null
          : await targets.find(session.key, to.chatId, options.replyTo, '/replyTo');
      const context = contextOf(
        options,
        quoted === null ? null : await targets.quoted(session.key, quoted),
      );
      const body = await bodyOf(content, options, destination);
      return {
        content: context.fields === null ? body : { ...body, context: context.fields },
        files: 'file' in body ? [body.file] : [],
        shown: shownOf(body, options, quoted, context.mentions),
      };
    },
  };
}

function refuseUnlessOwn({ fromMe, messageId }: MessageRecord): void {
  if (fromMe) return;
  const message = `The message "${messageId}" was written by somebody else.`;
  throw new Problem('message_not_own', message, [{ field: '/messageId', message }]);
}

function refuseUnlessEditable({ type, timestampMs }: MessageRecord, nowMs: number): void {
  const why =
    type !== 'text'
      ? `Only texts can be edited; this is of type "${type}".`
      : nowMs - timestampMs > EDITABLE_MS
        ? 'WhatsApp takes edits for 15 minutes after a message was sent.'
        : null;
  if (why === null) return;
  throw new Problem('message_not_editable', why, [{ field: '/messageId', message: why }]);
}
