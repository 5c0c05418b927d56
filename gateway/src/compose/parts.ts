import type { Config } from '../config/config.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Sessions } from '../sessions/supervisor.ts';
import type { Storage } from '../storage/port.ts';

/** What nearly every part is made from. */
export interface Parts {
  readonly config: Config;
  readonly logger: Logger;
  readonly storage: Storage;
  readonly sessions: Sessions;
}
