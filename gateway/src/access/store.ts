/** A tenant: every session, key, endpoint, event and audit entry belongs to exactly one. */
export interface WorkspaceRecord {
  /** Chosen by the operator, `^[A-Za-z0-9_-]{1,64}$`; `default` always exists. */
  readonly id: string;
  readonly name: string;
  readonly createdAtMs: number;
}

/** What a key is held to besides its scopes. Null does not narrow; an empty list allows nothing. */
export interface KeyBindings {
  /** Public ids of sessions. */
  readonly sessions: readonly string[] | null;
  /** Chats in canonical form: phone digits, or an address of WhatsApp (`...@lid`, `...@g.us`). */
  readonly chats: readonly string[] | null;
  /** Addresses and CIDR blocks that requests may come from. */
  readonly networks: readonly string[] | null;
}

/** A key as it can be recognised, never as it can be used: only its hash is kept. */
export interface KeySecret {
  /** The 8 characters after `wsk_live_`: enough to find the row and to tell keys apart by eye. */
  readonly prefix: string;
  /** SHA-256 of the whole key, 32 bytes. */
  readonly hash: Uint8Array;
}

/** A key as it is kept: hashes, never the secret. */
export interface KeyRecord {
  /** ULID; safe to show, to log and to name in the audit log. */
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly secret: KeySecret;
  /** What a rotation replaced; works as well until `untilMs`. Null when there is nothing of the kind. */
  readonly previous: (KeySecret & { readonly untilMs: number }) | null;
  /** Scopes and wildcards (`messages:send`, `messages:*`, `*`). */
  readonly scopes: readonly string[];
  readonly bindings: KeyBindings;
  readonly createdAtMs: number;
  /** Null: never. */
  readonly expiresAtMs: number | null;
  /** When a request last came with it, to about a minute; null: never. */
  readonly lastUsedAtMs: number | null;
}

/** Who did something. */
export type Actor =
  | { readonly kind: 'key'; readonly keyId: string; readonly keyName: string }
  /** The operator's key; `local`: the machine itself without a key; `anonymous`: no valid key. */
  | { readonly kind: 'operator' | 'local' | 'anonymous' };

/** One line of the audit log. Never holds a secret, message text or a body of any kind. */
export interface AuditRecord {
  /** ULID; grows with time and serves as the cursor. */
  readonly id: string;
  readonly atMs: number;
  readonly workspaceId: string;
  readonly actor: Actor;
  /** Method and route, such as `POST /sessions/:id/start`. */
  readonly action: string;
  /** What it was done to: the parameters of the path, such as `{id: "support"}`. */
  readonly target: Readonly<Record<string, string>>;
  readonly outcome: 'done' | 'refused' | 'failed';
  /** HTTP status of the answer. */
  readonly status: number;
  /** Code of the problem it was answered with; null when there was none. */
  readonly problem: string | null;
  /** Source address. */
  readonly address: string;
  readonly requestId: string;
}

/** Which audit entries are meant. Absent fields do not narrow. */
export interface AuditFilter {
  readonly keyId?: string;
  readonly actor?: Actor['kind'];
  /** An action; one that ends in `*` is a prefix. */
  readonly action?: string;
  readonly outcome?: AuditRecord['outcome'];
  /** At or after this instant. */
  readonly fromMs?: number;
  /** Before this instant. */
  readonly toMs?: number;
}

/** What workspaces need of storage. */
export interface WorkspaceStore {
  /** All that exist, `default` first, then oldest first. */
  workspaces(): Promise<WorkspaceRecord[]>;
  workspace(id: string): Promise<WorkspaceRecord | null>;
  /**
   * False, and nothing is written, when the id is in use or ever was: what a removed workspace left
   * behind (events, audit entries) must not turn up in a new one.
   */
  createWorkspace(workspace: WorkspaceRecord): Promise<boolean>;
  /** False when there is no such workspace. */
  renameWorkspace(id: string, name: string): Promise<boolean>;
  /** Removes the workspace and its keys in one transaction. False when there is none, or for `default`. */
  removeWorkspace(id: string, atMs: number): Promise<boolean>;
}

/** What API keys need of storage; keys go with their workspace. */
export interface KeyStore {
  /** Keys of a workspace, oldest first. */
  keys(workspaceId: string): Promise<KeyRecord[]>;
  key(workspaceId: string, keyId: string): Promise<KeyRecord | null>;
  /** Keys whose present or previous secret has this prefix, in every workspace: none or one, rarely two. */
  keysByPrefix(prefix: string): Promise<KeyRecord[]>;
  /**
   * Adds the key, or replaces all of it but `lastUsedAtMs`. Rejects with `workspace_not_found` when the
   * workspace is gone.
   */
  saveKey(key: KeyRecord): Promise<void>;
  /** False when there is no such key. */
  removeKey(workspaceId: string, keyId: string): Promise<boolean>;
  /** Notes when keys were used; never moves back in time, passes over keys that are gone. */
  touchKeys(uses: readonly { readonly keyId: string; readonly atMs: number }[]): Promise<void>;
}

/** What the audit log needs of storage; entries are never changed. */
export interface AuditStore {
  /** All in one transaction. */
  appendAudit(entries: readonly AuditRecord[]): Promise<void>;
  /** Entries of a workspace, newest first; `before` is the id of the last one already seen. */
  audit(
    workspaceId: string,
    filter: AuditFilter & { readonly limit: number; readonly before?: string },
  ): Promise<AuditRecord[]>;
  /**
   * Retention, in small steps: removes at most `limit` entries, oldest first, that are older than
   * `beforeMs` or beyond the newest `keepRows` of all workspaces; resolves with how many went.
   */
  pruneAudit(
    rule: { readonly beforeMs: number; readonly keepRows: number },
    limit: number,
  ): Promise<number>;
}

/** What access control needs of storage. */
export type AccessStore = WorkspaceStore & KeyStore & AuditStore;
