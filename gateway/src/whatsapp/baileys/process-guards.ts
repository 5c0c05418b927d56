import { format } from 'node:util';
import type { Logger } from '../../kernel/logger.ts';
import { reasonOf } from './disconnect.ts';
import { withoutNumbers } from './library-logger.ts';

/** How libsignal's JavaScript begins what it prints; it prints whole sessions, private keys included. */
const LIBSIGNAL =
  /^(Closing session|Closing open session|Opening session|Session already|Session error|Removing old closed session|Migrating session|V1 session storage|Failed to decrypt message|Decrypted message with closed session|Unhandled bucket type|WARNING: Expected pubkey)/;

/** The same guards are for the whole process: they are installed once. */
export interface ProcessGuards {
  /** How often libsignal tried to print. */
  readonly silenced: () => number;
  /** How many rejections nobody handled. */
  readonly unhandled: () => number;
  /** Puts everything back. */
  readonly remove: () => void;
}

const METHODS = ['log', 'info', 'warn', 'error'] as const;

/**
 * Keeps what goes wrong inside the library from ending the process or reaching its output: promises that
 * the library rejects and nobody handles are logged (Node would exit), and libsignal's console output is
 * dropped and counted.
 */
export function installProcessGuards(logger: Logger): ProcessGuards {
  let silenced = 0;
  let unhandled = 0;
  const onUnhandled = (reason: unknown) => {
    unhandled++;
    // The library attaches whole stanzas to its errors: only the text is fit for the log.
    logger.error({ reason: withoutNumbers(reasonOf(reason)) }, 'a rejection that nobody handled');
    if (reason instanceof Error) logger.debug({ stack: reason.stack }, 'where it came from');
  };
  process.on('unhandledRejection', onUnhandled);
  const restore = METHODS.map((method) => {
    // oxlint-disable-next-line no-console -- the console is what is guarded here
    const original = console[method].bind(console);
    const guarded = (...args: unknown[]) => {
      if (typeof args[0] === 'string' && LIBSIGNAL.test(args[0])) silenced++;
      else original(format(...args));
    };
    Object.assign(console, { [method]: guarded });
    return () => Object.assign(console, { [method]: original });
  });
  return {
    silenced: () => silenced,
    unhandled: () => unhandled,
    remove: () => {
      process.off('unhandledRejection', onUnhandled);
      for (const undo of restore) undo();
    },
  };
}
