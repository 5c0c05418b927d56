import { type Account, accountJid } from '../accounts/account.ts';
import { type Addressing, bareJid, parseJid } from '../accounts/jid.ts';
import type { Target } from '../content/action-content.ts';
import type { Content, Quoted } from '../content/content.ts';
import type { PhoneRecords, ReceivedMessage, SentMessage } from '../phone/records.ts';
import type { ContentDraft } from './contract/content.ts';
import { Problem } from './problem.ts';

/** Where the messages that a draft names are looked up. */
export interface DraftContext {
  readonly account: Account;
  readonly records: PhoneRecords;
  readonly groups: { find(jid: string): { readonly addressing: Addressing } | null };
}

/** A draft with every message that it names by id filled in. Throws `message_not_found`. */
export function resolveDraft(draft: ContentDraft, context: DraftContext): Content {
  switch (draft.type) {
    case 'comment':
    case 'edit': {
      const content = withQuote(draft.content, context);
      return { ...draft, target: targetOf(draft.target, context), content };
    }
    case 'reaction':
    case 'delete':
    case 'pin':
      return { ...draft, target: targetOf(draft.target, context) };
    case 'poll-vote':
      return { ...draft, poll: targetOf(draft.poll, context) };
    case 'event-response':
      return { ...draft, event: targetOf(draft.event, context) };
    case 'ephemeral-setting':
    case 'share-phone-number':
      return draft;
    default:
      return withQuote(draft, context);
  }
}

type Framed = Extract<ContentDraft, { quoted?: { id: string } }>;

function withQuote(draft: Framed, context: DraftContext): Content {
  const { quoted, ...rest } = draft;
  return quoted ? { ...rest, quoted: quoteOf(quoted.id, context) } : rest;
}

function quoteOf(id: string, context: DraftContext): Quoted {
  const message = find(id, context);
  return { id, author: authorOf(message, context), content: message.content };
}

function targetOf(given: Target | { readonly id: string }, context: DraftContext): Target {
  if ('chat' in given) return given;
  const message = find(given.id, context);
  const fromMe = isOwn(message);
  const isPerson = parseJid(message.wireChat)?.server !== 'g.us';
  return {
    id: given.id,
    chat: message.wireChat,
    fromMe,
    ...(fromMe || isPerson ? {} : { participant: authorOf(message, context) }),
  };
}

function find(id: string, { records }: DraftContext): ReceivedMessage | SentMessage {
  const message = records.findReceived(id) ?? records.findSent(id);
  if (!message) throw new Problem('message_not_found', `The phone has no message "${id}".`);
  return message;
}

function isOwn(message: ReceivedMessage | SentMessage): boolean {
  return !('sender' in message) || message.fromMe;
}

/** The author in the addressing of the chat, as keys and quotes name people. */
function authorOf(message: ReceivedMessage | SentMessage, context: DraftContext): string {
  const { account, groups } = context;
  if ('sender' in message && !message.fromMe) return bareJid(message.senderDevice);
  const { wireChat } = message;
  const addressing = parseJid(wireChat)?.server === 'lid' ? 'lid' : 'pn';
  return accountJid(account, groups.find(wireChat)?.addressing ?? addressing);
}
