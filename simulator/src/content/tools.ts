import type { proto } from 'baileys';
import type { Target } from './action-content.ts';
import type { Content, Frame } from './content.ts';
import type { MediaContext } from './media.ts';

/** What is known of a poll or event that somebody answers. */
export interface AddOnParent {
  /** `secretOf` its message. */
  readonly secret: Uint8Array;
  /** The JIDs, without device, of whoever wrote it: number and LID where both are known. */
  readonly authors: readonly string[];
  /** The options of a poll. */
  readonly options: readonly string[];
}

/** Finds the poll or event that is answered. */
export type ParentLookup = (target: Target) => AddOnParent | null;

export interface ComposeContext extends MediaContext {
  /** JID, without device, of the account that sends, in the addressing of the chat; answers need it. */
  readonly author?: string;
  readonly parentOf?: ParentLookup;
}

export interface ReadContext {
  /** JIDs, without device, of the account that sent: number and LID where both are known. */
  readonly authors?: readonly string[];
  readonly parentOf?: ParentLookup;
}

/** What the composers of the families of content share. */
export interface ComposeTools {
  readonly context: ComposeContext;
  frame(content: Frame): { contextInfo?: proto.IContextInfo };
  compose(content: Content): proto.IMessage;
}

/** What the readers of the families of content share. */
export interface ReadTools {
  readonly context: ReadContext;
  /** The message stood in a view-once wrapper. */
  readonly viewOnce: boolean;
  frame(info: proto.IContextInfo | null | undefined): Frame;
  read(message: proto.IMessage): Content;
}

/** Reads one family of content; null when the message is of another one. */
export type FamilyReader = (message: proto.IMessage, tools: ReadTools) => Content | null;
