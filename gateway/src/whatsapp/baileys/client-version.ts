import type { ClientVersion } from '../version.ts';
import { BUNDLED_VERSION } from './socket-config.ts';

/** Which version of WhatsApp Web is presented, and how it fared; see `ClientVersions`. */
export interface ClientVersionSource {
  current(): ClientVersion;
  accepted(version: ClientVersion): void;
  refused(version: ClientVersion): Promise<boolean>;
}

/** The version that the library was made for, and no other. */
export const BUNDLED_ONLY: ClientVersionSource = {
  current: () => BUNDLED_VERSION,
  accepted: () => undefined,
  refused: async () => false,
};
