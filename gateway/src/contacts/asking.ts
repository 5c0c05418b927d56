import { type FieldError, Problem, type ProblemCode } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import {
  type Connection,
  NotConnected,
  Refused,
  SettingsNotShared,
  Unanswered,
} from '../whatsapp/port.ts';

/** What a refusal of WhatsApp means for one kind of request, by WhatsApp's code. */
export type Refusals = Readonly<
  Record<number, readonly [code: ProblemCode, detail: string, fields?: readonly FieldError[]]>
>;

/**
 * Runs a call over the session's connection. What goes wrong becomes a `Problem`:
 * `whatsapp_unreachable`, `whatsapp_timeout`, `whatsapp_rate_limited`, `settings_not_shared`,
 * what `refusals` says, or `refused_by_whatsapp`.
 */
export type Asking = <T>(
  key: SessionKey,
  refusals: Refusals,
  call: (connection: Connection) => Promise<T>,
) => Promise<T>;

export function createAsking(connectionOf: (key: SessionKey) => Connection | null): Asking {
  return async (key, refusals, call) => {
    const connection = connectionOf(key);
    if (!connection) throw unreachable();
    try {
      return await call(connection);
    } catch (error) {
      throw explained(error, refusals);
    }
  };
}

/** The problem behind an error of a connection; other errors come back unchanged. */
export function explained(error: unknown, refusals: Refusals = {}): unknown {
  if (error instanceof NotConnected) return unreachable();
  if (error instanceof Unanswered) {
    return new Problem(
      'whatsapp_timeout',
      'WhatsApp did not answer. A change may have been made or not: look before you repeat it.',
    );
  }
  if (error instanceof SettingsNotShared) {
    return new Problem(
      'settings_not_shared',
      'The phone hands its settings over some time after linking. Open WhatsApp on it, and try again.',
    );
  }
  if (!(error instanceof Refused)) return error;
  const known = refusals[error.code];
  if (known) return new Problem(...known);
  if (error.code === 429) {
    return new Problem(
      'whatsapp_rate_limited',
      'WhatsApp wants to be asked less often. Wait some minutes, and keep what it answers.',
    );
  }
  return new Problem('refused_by_whatsapp', `WhatsApp answered: ${error.message}.`);
}

const unreachable = () =>
  new Problem(
    'whatsapp_unreachable',
    'The session is not connected, so WhatsApp cannot be asked. Try again when it is open.',
  );
