import type { EventEmitter } from 'node:events';
import type { BinaryNode } from 'baileys';
import type { Clock, Timer } from '../../kernel/clock.ts';
import type { DisconnectCause } from '../port.ts';
import { reasonOf } from './disconnect.ts';
import { QUERY_TIMEOUT_MS } from './socket-config.ts';
import type { LibrarySocket } from './wiring.ts';

/**
 * How long a pairing code is offered. WhatsApp states no lifetime; clients are known to give up after the
 * 160 s for which the QR codes of one connection last, and the code dies with its connection.
 */
export const CODE_LIFETIME_MS = 160_000;

export interface PairingCodeDeps {
  readonly socket: Pick<LibrarySocket, 'ws' | 'requestPairingCode'>;
  /** Digits. */
  readonly phone: string;
  readonly clock: Clock;
  readonly onCode: (code: string, expiresAtMs: number) => void;
  /** The connection is of no more use. Called once at most, and not after `end`. */
  readonly onFailed: (cause: DisconnectCause) => void;
}

/** Asks WhatsApp, once per connection, for linking by a code, and watches over the code's lifetime. */
export class PairingCode {
  readonly #deps: PairingCodeDeps;
  #state: 'idle' | 'asked' | 'ended' = 'idle';
  #timer: Timer | null = null;
  #stopListening: () => void = () => undefined;

  constructor(deps: PairingCodeDeps) {
    this.#deps = deps;
  }

  /** The server is ready for a pairing: it sent its first QR references. Repeated calls do nothing. */
  ready(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'asked';
    const { clock, socket, phone } = this.#deps;
    this.#timer = clock.after(QUERY_TIMEOUT_MS, () =>
      this.#fail({ code: 408, reason: 'WhatsApp did not answer the request for a pairing code' }),
    );
    const answered = this.#answer();
    Promise.all([socket.requestPairingCode(phone), answered]).then(
      ([code]) => this.#succeed(code),
      (error: unknown) => this.#fail({ code: null, reason: reasonOf(error) }),
    );
  }

  /** The connection ended: nothing more is reported. */
  end(): void {
    this.#state = 'ended';
    this.#timer?.cancel();
    this.#stopListening();
  }

  /**
   * Resolves when the server takes the request. The library sends it under an id that it keeps to itself
   * and ignores the answer, but nothing else is asked of the server before a device is paired but pings,
   * which are not refused.
   */
  #answer(): Promise<void> {
    const client = this.#deps.socket.ws as unknown as EventEmitter;
    return new Promise((resolve) => {
      const look = (frame: BinaryNode | Uint8Array) => {
        if (frame instanceof Uint8Array || frame.tag !== 'iq') return;
        if (frame.attrs.type === 'error') {
          const code = errorCode(frame);
          const reason = `WhatsApp refused a pairing code (${code ?? 'no reason given'})`;
          this.#fail({ code, reason, pairing: 'code_refused' });
        } else if (childTags(frame).includes('link_code_companion_reg')) {
          client.off('frame', look);
          resolve();
        }
      };
      this.#stopListening = () => client.off('frame', look);
      client.on('frame', look);
    });
  }

  #succeed(code: string): void {
    if (this.#state !== 'asked') return;
    const { clock, onCode } = this.#deps;
    this.#timer?.cancel();
    this.#timer = clock.after(CODE_LIFETIME_MS, () =>
      this.#fail({ code: 408, reason: 'nobody typed the pairing code', pairing: 'code_expired' }),
    );
    onCode(code, clock.now() + CODE_LIFETIME_MS);
  }

  #fail(cause: DisconnectCause): void {
    if (this.#state === 'ended') return;
    this.end();
    this.#deps.onFailed(cause);
  }
}

function childTags({ content }: BinaryNode): string[] {
  return Array.isArray(content) ? content.map(({ tag }) => tag) : [];
}

function errorCode({ content }: BinaryNode): number | null {
  const error = Array.isArray(content) ? content.find(({ tag }) => tag === 'error') : undefined;
  const code = Number(error?.attrs.code);
  return Number.isInteger(code) ? code : null;
}
