import type { MediaInfo, MessageType } from './payload.ts';
import type { Fields } from './read.ts';

/** What one content field says, whoever wrote it. */
export interface Body {
  readonly type: MessageType;
  readonly text: string;
  readonly media?: MediaInfo;
  /** Further fields of the payload, named after the type. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The content says itself that it is to be seen once. */
  readonly viewOnce?: boolean;
}

/** Reads the object in a content field. Total: missing and malformed fields read as absent. */
export type BodyReader = (value: Fields) => Body;
