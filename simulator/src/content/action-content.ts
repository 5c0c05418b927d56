import type { Content } from './content.ts';

/** A message that another one acts on, from the point of view of whoever sends the action. */
export interface Target {
  readonly chat: string;
  readonly id: string;
  readonly fromMe: boolean;
  /** The author, in groups. */
  readonly participant?: string;
}

/**
 * True: encrypted once more with the secret of the message it is about, as phones do it in communities,
 * and for changed events everywhere. Votes and answers to invitations always are.
 */
type Sealed = boolean;

export interface PollVoteContent {
  readonly type: 'poll-vote';
  readonly poll: Target;
  /** The chosen options, empty when the vote is taken back; null when the poll is not known here. */
  readonly choices: readonly string[] | null;
}

export interface EventResponseContent {
  readonly type: 'event-response';
  readonly event: Target;
  /** Null when the event is not known here. */
  readonly answer: 'going' | 'not-going' | 'maybe' | null;
  readonly guests?: number;
}

export interface ReactionContent {
  readonly type: 'reaction';
  readonly target: Target;
  /** Empty takes the reaction back. */
  readonly emoji: string;
  readonly sealed?: Sealed;
}

export interface EditContent {
  readonly type: 'edit';
  readonly target: Target;
  readonly content: Content;
  readonly sealed?: Sealed;
}

/** An answer below a message in the announcement group of a community. */
export interface CommentContent {
  readonly type: 'comment';
  readonly target: Target;
  readonly content: Content;
  readonly sealed?: Sealed;
}

/** Deletes for everyone. */
export interface DeleteContent {
  readonly type: 'delete';
  readonly target: Target;
}

export interface PinContent {
  readonly type: 'pin';
  readonly target: Target;
  readonly pinned: boolean;
  readonly forS?: number;
}
