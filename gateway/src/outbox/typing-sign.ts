import type { Clock, Timer } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Connection } from '../whatsapp/port.ts';

/** WhatsApp's clients forget the sign after some 10 to 25 seconds. */
const REPEAT_MS = 8_000;

interface Sign {
  readonly connection: Connection;
  readonly chatId: string;
  readonly state: 'composing' | 'recording';
  readonly timer: Timer;
}

/** Shows "typing" or "recording" in at most one chat. Failures are of no consequence. */
export class TypingSign {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #sign: Sign | null = null;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  show(connection: Connection, chatId: string, state: 'composing' | 'recording'): void {
    if (this.#sign?.chatId === chatId && this.#sign.state === state) return;
    this.stop();
    this.#put(connection, chatId, state);
  }

  /** Nobody types any more. */
  stop(): void {
    const sign = this.#sign;
    this.forget();
    if (sign) void this.#tell(sign.connection, sign.chatId, 'paused');
  }

  /** The connection that showed it is gone. */
  forget(): void {
    this.#sign?.timer.cancel();
    this.#sign = null;
  }

  #put(connection: Connection, chatId: string, state: Sign['state']): void {
    const timer = this.#clock.after(REPEAT_MS, () => this.#put(connection, chatId, state));
    this.#sign = { connection, chatId, state, timer };
    void this.#tell(connection, chatId, state);
  }

  #tell(connection: Connection, chatId: string, state: Sign['state'] | 'paused'): Promise<void> {
    return connection.presence(chatId, state).catch((error: unknown) => {
      this.#logger.debug({ err: error }, 'typing could not be shown');
    });
  }
}
