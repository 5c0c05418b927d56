import type { ResolvedRecipient } from '../contacts/recipients.ts';
import type { IdentityStore } from '../contacts/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionRecord } from '../sessions/store.ts';
import {
  filesOf,
  type HeaderMedium,
  type OutgoingBody,
  type OutgoingContent,
  type OutgoingContext,
  type OutgoingStatus,
} from '../whatsapp/content.ts';
import type { RawCodec } from '../whatsapp/port.ts';
import { composeAbout } from './about-message.ts';
import type { SendRequest } from './catalogue/catalogue.ts';
import type { Content } from './catalogue/content.ts';
import type { SendOptions } from './catalogue/options.ts';
import {
  type ChoiceContent,
  choicesBody,
  choicesOf,
  headerMedium,
  type RenderedAs,
  refuseLongCaption,
  renderChoices,
  renderingOf,
} from './choices.ts';
import type { Convert } from './converter.ts';
import type { HistoryStore } from './history-store.ts';
import type { Media } from './media.ts';
import { createMediaComposer, type MediaComposer } from './media-content.ts';
import { contextOf } from './outgoing-context.ts';
import { firstLink } from './preview/page.ts';
import type { Previews } from './preview/previews.ts';
import { rawBody } from './raw-body.ts';
import { type Shown, shownOf } from './shown.ts';
import { statusOf } from './status-post.ts';
import type { MessageStore } from './store.ts';
import { createTargets } from './targets.ts';
import type { Templates } from './templates/templates.ts';
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
  /** For content with choices, which has two forms. */
  readonly renderedAs: RenderedAs | null;
}

/** Makes of what a caller asks for what WhatsApp is sent. */
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
  readonly previews: Previews;
  readonly templates: Pick<Templates, 'render'>;
  /** Null: raw messages are not allowed. */
  readonly raw: RawCodec | null;
  readonly messages: Pick<MessageStore, 'find'>;
  readonly history: Pick<HistoryStore, 'about'>;
  readonly identities: Pick<IdentityStore, 'phoneFor' | 'lidFor'>;
  readonly clock: Clock;
}

/** Content that goes on the wire as it is. */
type PlainContent = Exclude<Content, { readonly type: 'template' }>;

/** Turns a validated request into what WhatsApp's side takes. */
export function createComposer(deps: ComposerDeps): Composer {
  const { clock, previews, templates } = deps;
  const media = createMediaComposer(deps.media, deps.convert);
  const targets = createTargets(deps);

  async function previewFor(text: string, wanted: SendOptions['preview']) {
    if (wanted === 'off') return null;
    if (wanted === 'auto') return previews.find(text);
    const link = firstLink(text);
    if (link === null) throw noLink();
    const thumbnail = wanted.image === null ? null : await previews.thumbnail(wanted.image);
    return { url: link.shown, title: wanted.title, description: wanted.description, thumbnail };
  }

  /** Templates become what they stand for; everything else is itself. */
  function plain(content: Content, { session }: Destination): Promise<Content> | Content {
    return content.type === 'template' ? templates.render(session.workspaceId, content) : content;
  }

  async function bodyOf(
    content: PlainContent,
    options: SendOptions,
    destination: Destination,
  ): Promise<OutgoingBody> {
    switch (content.type) {
      case 'text': {
        const preview = await previewFor(content.text, options.preview);
        return preview === null ? content : { ...content, preview };
      }
      case 'location':
      case 'event':
      case 'group_invite':
        return content;
      case 'poll': {
        const { name: question, options, selectableCount } = content;
        return { type: 'poll', question, options, selectableCount };
      }
      case 'list':
      case 'buttons':
        return composeChoices(content, media, destination);
      case 'contact':
        return { type: 'contact', contacts: content.contacts.map(vcardOf) };
      case 'image':
      case 'video':
      case 'audio':
      case 'document':
      case 'sticker':
        return media.compose(content, options.viewOnce, destination);
      case 'raw':
        return rawBody(content.message, deps.raw);
      case 'reaction':
      case 'edit':
      case 'delete':
      case 'pin':
      case 'forward':
        return composeAbout(content, destination, targets, deps.history, clock.now());
    }
  }

  return {
    async compose({ content: asked, options }, destination) {
      const content = (await plain(asked, destination)) as PlainContent;
      const { session, to } = destination;
      const status = content.type === 'delete' ? null : statusOf(options, to.chatId);
      const quoted =
        options.replyTo === null
          ? null
          : await targets.find(session.key, to.chatId, options.replyTo, '/replyTo');
      const target = quoted && (await targets.quoted(session.key, quoted));
      const context = contextOf(options, target);
      const body = await bodyOf(content, options, destination);
      return {
        content: withContext(body, context.fields, status),
        files: filesOf(body),
        shown: {
          ...shownOf(body, options, quoted, context.mentions),
          ...choiceDetails(content),
          ...templateDetails(asked),
          ...(status === null ? {} : { audience: status.audience }),
        },
        renderedAs: renderingOf(content),
      };
    },
  };
}

async function composeChoices(
  content: ChoiceContent,
  media: MediaComposer,
  destination: Destination,
): Promise<OutgoingBody> {
  const header = headerMedium(content);
  if (header === null) return choicesBody(content, null);
  if (!content.interactive) refuseLongCaption(renderChoices(content));
  const medium = await media.compose(header, false, destination);
  return choicesBody(content, medium as HeaderMedium);
}

function withContext(
  body: OutgoingBody,
  context: OutgoingContext | null,
  status: OutgoingStatus | null,
): OutgoingContent {
  return {
    ...body,
    ...(context === null ? {} : { context }),
    ...(status === null ? {} : { status }),
  };
}

function templateDetails(asked: Content): Readonly<Record<string, unknown>> {
  if (asked.type !== 'template') return {};
  return { template: { name: asked.name, language: asked.language } };
}

function noLink(): Problem {
  const message = 'The text holds no link that the card could belong to.';
  return new Problem('invalid_request', message, [{ field: '/preview', message }]);
}

/** A list stays a list in events and history, with its choices, whatever it is sent as. */
function choiceDetails(content: Content): Readonly<Record<string, unknown>> {
  if (content.type !== 'list' && content.type !== 'buttons') return {};
  const { type, interactive: _, ...rest } = content;
  const medium = headerMedium(content);
  // Not its bytes, which may stand in the request.
  const details = medium === null ? rest : { ...rest, header: { type: medium.type } };
  const renderedAs = renderingOf(content);
  return { type, [type]: details, choices: choicesOf(content), renderedAs };
}
