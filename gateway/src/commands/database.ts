/** What the commands need of the database's files; nobody else may have to be stopped for any of it. */
export interface DatabaseFiles {
  /** The file's name in the data folder; files that begin with it belong to the database as well. */
  readonly name: string;
  /**
   * Writes the database as it is at one instant into a new file (mode 0600, complete in itself), also
   * while the service writes. Rejects when the disk is full or the database cannot be read.
   */
  copy(from: string, to: string): Promise<void>;
  /** Reads the whole file and changes nothing; throws when it cannot be opened at all. */
  inspect(file: string): DatabaseReport;
  /**
   * Tries to open the credentials of every session, oldest first. Throws, with a sentence for the operator,
   * when `dataKey` is not the key that the database was made with.
   */
  credentials(file: string, dataKey: Uint8Array | null): readonly CredentialsReport[];
  /** Keeps the service off a data folder; throws, with a sentence for the operator, while it runs there. */
  lock(file: string): { release(): void };
  /** The newest schema that this version of the program knows. */
  readonly newestSchema: number;
}

/** Whether a session could be connected with what is stored of its identity. */
export interface CredentialsReport {
  readonly workspaceId: string;
  readonly id: string;
  /**
   * `none`: not paired. `previous_intact`: the newest are damaged, those from before the last save are not.
   * `lost`: neither can be used.
   */
  readonly state: 'none' | 'intact' | 'previous_intact' | 'lost';
}

/** What a database file says of itself. */
export interface DatabaseReport {
  readonly schema: number;
  /** Whether it was made with a `DATA_KEY`. */
  readonly encrypted: boolean;
  /** What SQLite finds wrong with it, at most ten sentences; empty when it is sound. */
  readonly faults: readonly string[];
  /** The registered webhook endpoints that are switched on. */
  readonly endpoints: readonly { readonly id: string; readonly url: string }[];
}
