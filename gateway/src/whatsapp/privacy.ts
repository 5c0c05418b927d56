/** What an account lets others see and do, in WhatsApp's own words by setting. */
export interface PrivacySettings {
  readonly lastSeen: string | null;
  readonly online: string | null;
  readonly picture: string | null;
  readonly about: string | null;
  readonly readReceipts: string | null;
  /** Who may add the account to groups. */
  readonly groupAdd: string | null;
  /** Who may call. */
  readonly callAdd: string | null;
  /** Who may write. */
  readonly messages: string | null;
  /** Seconds after which messages of new chats vanish; 0: never. */
  readonly ephemeralSeconds: number | null;
}

/** One setting that is to change; the value is one of WhatsApp's words for it. */
export type PrivacyChange =
  | { readonly setting: Exclude<keyof PrivacySettings, 'ephemeralSeconds'>; readonly value: string }
  | { readonly setting: 'ephemeralSeconds'; readonly value: number };

/** The privacy of the own account, as part of a connection; rejects as `GroupCalls` does. */
export interface PrivacyCalls {
  /** As WhatsApp has it now; null is what it does not tell. */
  get(): Promise<PrivacySettings>;
  change(change: PrivacyChange): Promise<void>;
}
