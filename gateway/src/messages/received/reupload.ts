import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { SessionKey } from '../../sessions/store.ts';
import { type Connection, type MessageCodec, NotConnected } from '../../whatsapp/port.ts';
import type { MessageStore } from '../store.ts';
import type { Targets } from '../targets.ts';
import type { MediaReference } from './reference.ts';

/**
 * Why the phone did not bring a file back: it has none any more; it could not upload it; it has not
 * answered yet; or the session is not connected, so that it could not be asked.
 */
export type NotMoved = 'not_found' | 'failed' | 'unanswered' | 'offline';

/** How it went to have the phone upload a file again. */
export type Moved =
  | { readonly kind: 'moved'; readonly directPath: string }
  | { readonly kind: NotMoved };

/**
 * Asks for one message once a minute, however many want its file, and hears every answer that comes
 * within the patience of `Connection.uploadAgain`. Rejects only when storage fails.
 */
export type AskPhone = (
  key: SessionKey,
  messageId: string,
  reference: MediaReference,
) => Promise<Moved>;

export interface AskPhoneDeps {
  readonly connectionOf: (key: SessionKey) => Pick<Connection, 'uploadAgain'> | null;
  readonly messages: Pick<MessageStore, 'find' | 'replaceEncoded'>;
  readonly targets: Pick<Targets, 'target'>;
  readonly codec: Pick<MessageCodec, 'relocate'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whoever asks is answered within this; what the phone says later is kept for the next who asks. */
const PATIENCE_MS = 20_000;

/** A phone may have missed what it was asked; who wants the file after this asks it again. */
const REPEAT_MS = 60_000;

/** Requests that are waited for at the same time; beyond it no phone is asked. */
const MAX_ASKED = 1_000;

/** The last request for a message's file; the phone's answer to it answers those before it as well. */
interface Asked {
  readonly atMs: number;
  readonly work: Promise<Moved>;
}

/** Finds lost media again through the own phone, and keeps its new place with the message. */
export function createAskPhone(deps: AskPhoneDeps): AskPhone {
  const { connectionOf, messages, targets, codec, clock, logger } = deps;
  const running = new Map<string, Asked>();
  let open = 0;

  async function ask(
    key: SessionKey,
    messageId: string,
    { mediaKey }: MediaReference,
  ): Promise<Moved> {
    const message = await messages.find(key, messageId);
    const connection = connectionOf(key);
    if (connection === null || message === null) return { kind: 'offline' };
    const target = await targets.target(key, message);
    const answer = await connection.uploadAgain({ target, mediaKey }).catch(nullIfOffline);
    if (answer === null) return { kind: 'offline' };
    if (answer.kind === 'refused') return { kind: answer.reason };
    if (answer.kind === 'unanswered') return answer;
    const { directPath } = answer;
    const encoded = message.encoded && codec.relocate(message.encoded, mediaKey, directPath);
    if (encoded) await messages.replaceEncoded(key, messageId, encoded);
    return { kind: 'moved', directPath };
  }

  function asked(...which: Parameters<AskPhone>): Promise<Moved> | null {
    const [key, messageId] = which;
    const name = `${key}/${messageId}`;
    const atMs = clock.now();
    const under = running.get(name);
    if (under && atMs - under.atMs < REPEAT_MS) return under.work;
    if (open >= MAX_ASKED) return under?.work ?? null;
    open++;
    const work = ask(...which).finally(() => {
      open--;
      if (running.get(name)?.work === work) running.delete(name);
    });
    running.set(name, { atMs, work });
    work.catch((error: unknown) => logger.warn({ err: error }, 'the place of media was not kept'));
    return work;
  }

  return async (...which) => {
    const work = asked(...which);
    if (work === null) return { kind: 'unanswered' };
    return new Promise((resolve, reject) => {
      const patience = clock.after(PATIENCE_MS, () => resolve({ kind: 'unanswered' }));
      work.then(resolve, reject).finally(() => patience.cancel());
    });
  };
}

function nullIfOffline(error: unknown): null {
  if (error instanceof NotConnected) return null;
  throw error;
}
