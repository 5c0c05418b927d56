/** Somebody who does not want messages from a workspace. */
export interface OptOut {
  /** Canonical address of the person: the phone address when it is known, else the LID. */
  readonly chatId: string;
  /** `stop_word`: the person wrote one; `api`: it was entered. */
  readonly source: 'stop_word' | 'api';
  /** What was written, or a note of who entered it; null for none. */
  readonly note: string | null;
  readonly atMs: number;
}

/** The words by which people leave and come back, as whole messages; case and punctuation do not matter. */
export interface OptOutWords {
  readonly stop: readonly string[];
  readonly start: readonly string[];
}

/** What the opt-out list needs of storage. */
export interface OptOutStore {
  /** Those of the addresses that are on the list. */
  listed(workspaceId: string, chatIds: readonly string[]): Promise<string[]>;
  /** Adds, or replaces what was known. */
  add(workspaceId: string, optOut: OptOut): Promise<void>;
  /** False when the person was not on the list. */
  remove(workspaceId: string, chatId: string): Promise<boolean>;
  /** By address; `after` is the last one already seen. */
  page(workspaceId: string, limit: number, after: string | null): Promise<OptOut[]>;
  /** Null when the workspace never set any. */
  words(workspaceId: string): Promise<OptOutWords | null>;
  setWords(workspaceId: string, words: OptOutWords): Promise<void>;
}
