import type { WirePerson } from './groups.ts';
import type { PrivacyCalls } from './privacy.ts';

/** What somebody says about themselves. */
export interface About {
  readonly text: string;
  readonly setAtMs: number | null;
}

/** People and what they show of themselves, as part of a connection; rejects as `GroupCalls` does. */
export interface PeopleCalls {
  /**
   * Where the picture of a person or group can be fetched, for a short while; null when there is none.
   * Refused with 401 when the number may not see it.
   */
  pictureUrl(chatId: string): Promise<string | null>;
  /** Sets the picture of a group or, with null, of the own account. A square JPEG; null takes it away. */
  setPicture(group: string | null, jpeg: Uint8Array | null): Promise<void>;
  /** Null when there is none, or the number may not see it. */
  about(chatId: string): Promise<About | null>;
  /** Sets the own one. */
  setAbout(text: string): Promise<void>;
  /** The name under which the account shows itself; null while the phone has not told it. */
  ownName(): Promise<string | null>;
  /** Sets it, on all devices of the account. Rejects with `SettingsNotShared` as `Connection.change` does. */
  setOwnName(name: string): Promise<void>;
  blocked(): Promise<readonly WirePerson[]>;
  /** `phoneAddress` is the other form of the LID where that is known. */
  setBlocked(lid: string, phoneAddress: string | null, isBlocked: boolean): Promise<void>;
  /**
   * Asks to be told when a person is online or types; good for this connection only. Resolves when it is
   * written to the socket: nothing is confirmed, and who hides it shows nothing.
   */
  followPresence(chatId: string): Promise<void>;
  /** Shows the own account as online, or not; contacts see it, and the phone rings less while it is. */
  setAvailable(isAvailable: boolean): Promise<void>;
  readonly privacy: PrivacyCalls;
}
