import type {
  ChatPresence,
  Connection,
  Lookup,
  OutgoingContent,
  RelayOptions,
  RelayOutcome,
} from '../../whatsapp/port.ts';
import type { Reupload } from '../../whatsapp/reupload.ts';

/** One call of `relay`, answered by the test when it wants to. */
export interface Relay {
  readonly chatId: string;
  readonly messageId: string;
  readonly bytes: string;
  readonly isRepeated: boolean;
  answer(outcome: RelayOutcome): void;
  /** The call itself fails. */
  fail(error: Error): void;
}

/** A connection that records what goes over it. By default everything is acknowledged at once. */
export class ScriptedConnection implements Connection {
  readonly relays: Relay[] = [];
  readonly presences: string[] = [];
  /** Sending needs neither. */
  readonly groups = undefined as never;
  readonly people = undefined as never;
  prepared = 0;
  /** The chat that each `prepare` was for. */
  readonly preparedFor: (string | undefined)[] = [];
  /** Answers relays by itself; null leaves them to the test. */
  respond: ((relay: Relay) => RelayOutcome | Error | null) | null = () => ({ kind: 'acked' });
  /** Errors of the next calls of `prepare`. */
  readonly prepareErrors: Error[] = [];

  vitals(): null {
    return null;
  }

  async prepare(content: OutgoingContent, chatId?: string): Promise<Uint8Array> {
    this.preparedFor.push(chatId);
    const error = this.prepareErrors.shift();
    if (error) throw error;
    this.prepared++;
    const text = content.type === 'text' ? content.text : content.type;
    return Buffer.from(`${text}#${this.prepared}`);
  }

  relay(
    chatId: string,
    messageId: string,
    encoded: Uint8Array,
    { isRepeated = false }: RelayOptions = {},
  ): Promise<RelayOutcome> {
    return new Promise((resolve, reject) => {
      const bytes = Buffer.from(encoded).toString();
      const relay = { chatId, messageId, bytes, isRepeated, answer: resolve, fail: reject };
      this.relays.push(relay);
      const outcome = this.respond?.(relay) ?? null;
      if (outcome instanceof Error) reject(outcome);
      else if (outcome) resolve(outcome);
    });
  }

  async presence(chatId: string, state: ChatPresence): Promise<void> {
    this.presences.push(`${state} ${chatId}`);
  }

  change(): Promise<void> {
    return Promise.resolve();
  }

  lookUp(_phones: readonly string[]): Promise<Lookup[]> {
    return Promise.resolve([]);
  }

  uploadAgain(): Promise<Reupload> {
    return Promise.resolve({ kind: 'unanswered' });
  }

  logout(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What went over the wire, in order. */
  get wire(): string[] {
    return this.relays.map(({ chatId, bytes }) => `${chatId} ${bytes.split('#')[0]}`);
  }
}
