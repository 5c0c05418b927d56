/** People and what they show of themselves, as part of a connection; rejects as `GroupCalls` does. */
export interface PeopleCalls {
  /**
   * Where the picture of a person or group can be fetched, for a short while; null when there is none.
   * Refused with 401 when the number may not see it.
   */
  pictureUrl(chatId: string): Promise<string | null>;
  /** Sets the picture of a group or, with null, of the own account. A square JPEG; null takes it away. */
  setPicture(group: string | null, jpeg: Uint8Array | null): Promise<void>;
}
