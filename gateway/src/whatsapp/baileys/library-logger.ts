import type { SocketConfig } from 'baileys';
import type { Logger } from '../../kernel/logger.ts';

type LibraryLogger = SocketConfig['logger'];

/** Numbers long enough to be somebody's phone or LID. */
const PERSONAL = /\d{6,}/g;

/**
 * The library's log, made fit for ours. It puts phone numbers, whole stanzas and even key material into
 * the objects it logs, at every level: only its message texts are kept above `debug`, with long numbers
 * blanked. What it calls errors are warnings here: none of them ends anything by itself.
 */
export function libraryLogger(logger: Logger): LibraryLogger {
  const log = (level: 'debug' | 'warn') => (subject: unknown, message?: string) => {
    const text = withoutNumbers(message ?? (typeof subject === 'string' ? subject : ''));
    if (text) logger[level](`library: ${text}`);
  };
  const quiet = () => undefined;
  const library: LibraryLogger = {
    // At `debug` and `trace` the library builds texts of whole stanzas, whether they are read or not.
    level: 'info',
    child: () => library,
    trace: quiet,
    debug: quiet,
    info: log('debug'),
    warn: log('debug'),
    error: log('warn'),
  };
  return library;
}

/** The text with every number that may be a phone number or LID blanked. */
export function withoutNumbers(text: string): string {
  return text.replace(PERSONAL, '…');
}
