import type { DeviceChange } from '../../../gateway/src/whatsapp/store.ts';

/** A write at which something may happen to the process, known by what is in it. */
export type Failpoint = (change: DeviceChange) => boolean;

const writes =
  (type: string): Failpoint =>
  ({ records = [] }) =>
    records.some((record) => record.type === type);

/** The own key for a group has moved on: a message to it was encrypted, and has not left. */
export const GROUP_MESSAGE_ENCRYPTED = writes('sender-key');

/** Which devices were given the own key for a group, with a message that has just left. */
export const KEY_HOLDERS_REMEMBERED = writes('sender-key-memory');
