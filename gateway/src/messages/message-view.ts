import { type EventAnswer, isEventAnswer } from './add-ons/open.ts';
import type { HistoryEntry } from './history-store.ts';
import { type MessageStatus, UNCONFIRMED } from './store.ts';

/** A reaction as it stands: the last word of each person. */
export interface ReactionView {
  readonly person: string;
  readonly emoji: string;
}

/** A message as it stands today: its payload, with what happened to it since. */
export interface MessageView {
  readonly messageId: string;
  readonly chatId: string;
  readonly phone: string | null;
  readonly lid: string | null;
  /** The newest text; '' once it is deleted. */
  readonly text: string;
  /** `unknown`: it was given up without an answer of WhatsApp, which may have taken it. */
  readonly status: MessageStatus | 'unknown';
  /** Why it failed; null otherwise. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly editedAt: string | null;
  readonly deletedAt: string | null;
  readonly reactions: readonly ReactionView[];
  /** The rest of the payload, as in events. */
  readonly [field: string]: unknown;
}

/** How often an option of a poll was chosen, and by whom. */
export interface VoteCount {
  readonly option: string;
  readonly count: number;
  readonly voters: readonly string[];
}

/** What somebody answered to an invitation, in their last word. */
export interface ResponseView {
  readonly person: string;
  readonly response: EventAnswer | null;
  readonly guests: number;
}

/** What a message said until an instant. */
export interface EditView {
  readonly text: string;
  readonly at: string;
}

/** What a message said before each of its edits, oldest first. Pure. */
export function editsOf(entry: HistoryEntry, about: readonly HistoryEntry[]): EditView[] {
  const edits = about.filter((edit) => edit.type === 'edit' && happened(edit));
  const texts = [entry, ...edits].map(({ data }) => textOrNull(data['text']) ?? '');
  return edits.map((edit, i) => ({ text: texts[i] ?? '', at: instant(edit) }));
}

/** Lays over a message what is about it, in the order it came. Pure. */
export function viewMessage(entry: HistoryEntry, about: readonly HistoryEntry[]): MessageView {
  const effective = about.filter(happened);
  const edit = effective.findLast(({ type }) => type === 'edit');
  const deletion = deletionIn(about);
  const call = effective.findLast(({ type }) => type === 'call_end')?.data['call'];
  const { data } = entry;
  return {
    ...data,
    ...(call === undefined ? {} : { call }),
    ...(edit?.data['event'] === undefined ? {} : { event: edit.data['event'] }),
    messageId: entry.messageId,
    chatId: entry.chatId,
    phone: textOrNull(data['phone']),
    lid: textOrNull(data['lid']),
    text: deletion ? '' : (textOrNull((edit ?? entry).data['text']) ?? ''),
    status: entry.error?.code === UNCONFIRMED ? 'unknown' : entry.status,
    error: entry.error ? { code: entry.error.code, message: entry.error.message } : null,
    editedAt: edit ? instant(edit) : null,
    deletedAt: deletion ? instant(deletion) : null,
    reactions: reactionsOf(effective),
  };
}

/** What took the message away for everyone, among what is about it. Pure. */
export function deletionIn(about: readonly HistoryEntry[]): HistoryEntry | undefined {
  return about.find((entry) => entry.type === 'delete' && happened(entry));
}

/** Counts the votes of a poll, the last of each person. Pure. */
export function votesOf(poll: HistoryEntry, about: readonly HistoryEntry[]): VoteCount[] {
  const { options } = (poll.data['poll'] ?? {}) as { options?: unknown };
  const names = Array.isArray(options) ? options.map(String) : [];
  const last = lastOfEach(about.filter((vote) => vote.type === 'poll_vote' && happened(vote)));
  return names.map((option) => {
    const voters = [...last]
      .filter(([, { data }]) => (data['selected'] as string[] | null)?.includes(option))
      .map(([person]) => person);
    return { option, count: voters.length, voters };
  });
}

/** The answers to an invitation, the last of each person. Pure. */
export function responsesOf(about: readonly HistoryEntry[]): ResponseView[] {
  const last = lastOfEach(about.filter(({ type }) => type === 'event_response'));
  return [...last].map(([person, { data }]) => ({
    person,
    response: isEventAnswer(data['response']) ? data['response'] : null,
    guests: typeof data['guests'] === 'number' ? data['guests'] : 0,
  }));
}

function reactionsOf(about: readonly HistoryEntry[]): ReactionView[] {
  const last = lastOfEach(about.filter(({ type }) => type === 'reaction'));
  return [...last].flatMap(([person, { data }]) => {
    const { emoji } = (data['reaction'] ?? {}) as { emoji?: unknown };
    return typeof emoji === 'string' && emoji !== '' ? [{ person, emoji }] : [];
  });
}

/** The last entry of each sender, in the order in which they first spoke. */
function lastOfEach(entries: readonly HistoryEntry[]): Map<string, HistoryEntry> {
  return new Map(entries.map((entry) => [entry.senderId, entry]));
}

/** What is still on its way, or never went, has not happened. */
function happened({ status }: HistoryEntry): boolean {
  return status !== 'failed' && status !== 'queued' && status !== 'sending';
}

const instant = ({ timestampMs }: HistoryEntry): string => new Date(timestampMs).toISOString();

const textOrNull = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
