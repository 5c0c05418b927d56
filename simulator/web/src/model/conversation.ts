import type { MessageView } from '../../../src/control/contract/views.ts';
import { word } from './word.ts';

/** Something that is shown in a conversation. */
export type Line =
  | { readonly kind: 'day'; readonly key: string; readonly at: string }
  | { readonly kind: 'note'; readonly key: string; readonly text: string }
  | { readonly kind: 'bubble'; readonly key: string; readonly bubble: Bubble };

/** A message with everything that later messages did to it. */
export interface Bubble {
  readonly message: MessageView;
  /** The words as they are now, after edits. */
  readonly text: string;
  readonly isEdited: boolean;
  readonly isDeleted: boolean;
  readonly isPinned: boolean;
  readonly reactions: readonly { readonly emoji: string; readonly names: readonly string[] }[];
  /** Options of a poll, and who chose them. */
  readonly votes: readonly { readonly option: string; readonly names: readonly string[] }[];
  /** The first of several in a row by the same person. */
  readonly opensRun: boolean;
  /** The message that is answered: from here, or as it was quoted. */
  readonly quoted: Quoted | null;
}

export interface Quoted {
  readonly id: string;
  readonly author: string;
  readonly text: string;
}

interface Deed {
  readonly message: MessageView;
  readonly content: MessageView['content'];
}

/** What a message said, in a word or two, for lists and quotes. */
export function preview(message: Pick<MessageView, 'type' | 'text' | 'content'>): string {
  const label = LABELS[message.type];
  if (label === undefined) return message.text;
  const name = typeof label === 'function' ? label(message.content) : label;
  return message.text ? `${name} · ${message.text}` : name;
}

const LABELS: Readonly<Record<string, string | ((content: MessageView['content']) => string)>> = {
  image: 'Photo',
  video: ({ style }) => (style === 'gif' ? 'GIF' : style === 'round' ? 'Video note' : 'Video'),
  audio: ({ voice }) => (voice === true ? 'Voice note' : 'Audio'),
  document: ({ fileName }) => (typeof fileName === 'string' ? fileName : 'Document'),
  sticker: 'Sticker',
  location: 'Location',
  'live-location': 'Live location',
  contacts: 'Contact',
  poll: 'Poll',
  'poll-vote': 'Vote',
  event: 'Event',
  'event-response': 'Answer to an event',
  reaction: 'Reaction',
  edit: 'Edited',
  delete: 'Deleted a message',
  pin: 'Pinned a message',
  'group-invite': 'Invitation to a group',
  album: 'Album',
  'ephemeral-setting': 'Disappearing messages',
  'share-phone-number': 'Shared the phone number',
  'lid-mappings': 'Shared identities',
  unsupported: ({ name }) => `Unknown kind of message (${word(name)})`,
};

/** Messages that act on others, or say nothing to people. */
const SILENT = new Set(['reaction', 'edit', 'delete', 'poll-vote', 'event-response', 'pin']);
const NOTES = new Set(['ephemeral-setting', 'share-phone-number', 'lid-mappings']);

/** The lines of a conversation, from messages in the order in which the phone saw them. */
export function linesOf(messages: readonly MessageView[]): Line[] {
  const deeds = deedsByTarget(messages);
  const byId = new Map(messages.map((message) => [message.id, message]));
  const lines: Line[] = [];
  let day = '';
  let author = '';
  for (const message of messages) {
    if (SILENT.has(message.type)) continue;
    const date = new Date(message.at).toDateString();
    if (date !== day) {
      lines.push({ kind: 'day', key: `day ${date}`, at: message.at });
      day = date;
      author = '';
    }
    if (NOTES.has(message.type)) {
      const who = message.fromMe ? 'You' : message.sender.name;
      lines.push({ kind: 'note', key: message.id, text: `${who}: ${preview(message)}` });
      author = '';
      continue;
    }
    const opensRun = author !== message.sender.jid;
    author = message.sender.jid;
    const bubble = bubbleOf(message, deeds.get(message.id) ?? [], opensRun, byId);
    lines.push({ kind: 'bubble', key: message.id, bubble });
  }
  return lines;
}

function deedsByTarget(messages: readonly MessageView[]): Map<string, Deed[]> {
  const deeds = new Map<string, Deed[]>();
  for (const message of messages) {
    const { content } = message;
    const target = (content['target'] ?? content['poll'] ?? content['event']) as
      | { id?: string }
      | undefined;
    if (!SILENT.has(message.type) || !target?.id) continue;
    const list = deeds.get(target.id);
    if (list) list.push({ message, content });
    else deeds.set(target.id, [{ message, content }]);
  }
  return deeds;
}

function bubbleOf(
  message: MessageView,
  deeds: readonly Deed[],
  opensRun: boolean,
  byId: ReadonlyMap<string, MessageView>,
): Bubble {
  const edit = deeds.findLast(({ content }) => content.type === 'edit');
  const pin = deeds.findLast(({ content }) => content.type === 'pin');
  return {
    message,
    text: edit ? edit.message.text : message.text,
    isEdited: edit !== undefined,
    isDeleted: deeds.some(({ content }) => content.type === 'delete'),
    isPinned: pin?.content['pinned'] === true,
    reactions: reactionsOf(deeds),
    votes: votesOf(message, deeds),
    opensRun,
    quoted: quotedOf(message, byId),
  };
}

function reactionsOf(deeds: readonly Deed[]): Bubble['reactions'] {
  const latest = new Map<string, { emoji: string; name: string }>();
  for (const { message, content } of deeds) {
    if (content.type !== 'reaction') continue;
    const emoji = word(content['emoji']);
    if (emoji === '') latest.delete(message.sender.jid);
    else latest.set(message.sender.jid, { emoji, name: nameOf(message) });
  }
  const byEmoji = new Map<string, string[]>();
  for (const { emoji, name } of latest.values()) {
    byEmoji.set(emoji, [...(byEmoji.get(emoji) ?? []), name]);
  }
  return [...byEmoji].map(([emoji, names]) => ({ emoji, names }));
}

function votesOf({ type, content }: MessageView, deeds: readonly Deed[]): Bubble['votes'] {
  if (type !== 'poll') return [];
  const choices = new Map<string, { name: string; options: readonly string[] }>();
  for (const { message, content } of deeds) {
    if (content.type !== 'poll-vote') continue;
    const options = (content['choices'] ?? []) as readonly string[];
    choices.set(message.sender.jid, { name: nameOf(message), options });
  }
  return ((content['options'] ?? []) as readonly string[]).map((option) => ({
    option,
    names: [...choices.values()]
      .filter(({ options }) => options.includes(option))
      .map(({ name }) => name),
  }));
}

function quotedOf({ content }: MessageView, byId: ReadonlyMap<string, MessageView>): Quoted | null {
  const quoted = content['quoted'] as
    | { id: string; author: string; content: MessageView['content'] }
    | undefined;
  if (!quoted) return null;
  const known = byId.get(quoted.id);
  if (known) return { id: quoted.id, author: nameOf(known), text: preview(known) };
  const { content: inner } = quoted;
  const text = word(inner['text'], inner['caption'], inner['question']);
  const author = quoted.author.split('@')[0] ?? '';
  return { id: quoted.id, author, text: preview({ type: inner.type, text, content: inner }) };
}

function nameOf(message: MessageView): string {
  return message.fromMe ? 'You' : message.sender.name;
}
