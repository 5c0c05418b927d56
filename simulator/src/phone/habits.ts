/** Habits of a phone and its owner; all can be changed at any time. */
export interface PhoneHabits {
  /** Sends delivery receipts as soon as a message arrives. */
  deliveryReceipts: boolean;
  /** Reads each message at once, with blue ticks. */
  readsAtOnce: boolean;
  /** Answers what its linked devices ask for: keys, history, lost messages, lost media. */
  answersDevices: boolean;
  /** Keeps the files of its messages, to upload them again when the server has forgotten them. */
  keepsMedia: boolean;
  /** Sends a message again to whoever could not read it. */
  answersRetries: boolean;
  /** Asks again for messages that it could not read itself. */
  asksForRetries: boolean;
  /** Gives a trusted-contact token to whoever its owner writes to. */
  givesTokens: boolean;
  /** Messages per chunk of history for new devices. */
  historyChunk: number;
  /** Newest messages of a chat that a new device is given; older ones must be asked for. */
  historyPerChat: number;
  /** Whether history travels inside of messages or by the media server. */
  historyAs: 'inline' | 'stored';
}

/** A phone that is on, and an owner who does not look at it. */
export const DEFAULT_HABITS: Readonly<PhoneHabits> = {
  deliveryReceipts: true,
  readsAtOnce: false,
  answersDevices: true,
  keepsMedia: true,
  answersRetries: true,
  asksForRetries: true,
  givesTokens: true,
  historyChunk: 50,
  historyPerChat: 500,
  historyAs: 'inline',
};
