import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

/** Structured logs. Above `debug` a line never holds a phone number, message text or secret. */
export type Logger = PinoLogger;

/** Fields that are blanked wherever a log line carries them, however deep up to two levels. */
const SECRET_FIELDS = ['password', 'secret', 'authorization', 'token', 'apiKey', 'creds', 'qr'];

/** `level` is one of pino's; `pretty` is for people, else a JSON line each. */
export interface LoggerOptions {
  readonly level: string;
  readonly pretty: boolean;
}

/** The process-wide logger; each part takes a child of it. */
export function createLogger(options: LoggerOptions, destination?: DestinationStream): Logger {
  return pino(
    {
      level: options.level,
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[hidden]',
      },
      ...(options.pretty && !destination
        ? { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } }
        : {}),
    },
    ...(destination ? [destination] : []),
  );
}

/** A logger that says nothing, for tests. */
export const silentLogger: Logger = pino({ level: 'silent' });
