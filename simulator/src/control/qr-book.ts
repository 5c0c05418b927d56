import { parseQr } from '../server/qr.ts';
import type { Simulator, WaitingClient } from '../simulator.ts';
import type { PairingView, WaitingView } from './contract/views.ts';

interface KnownQr {
  readonly text: string;
  readonly label: string | null;
}

/** A client that is never linked leaves when its references run out; this bounds what a loop can add. */
const MAX_KNOWN = 500;

/**
 * QR texts that were handed in without saying which phone scans them. Only the text holds the secret
 * that a phone needs, so a waiting client can be picked from a list once its text is known.
 */
export class QrBook {
  readonly #simulator: Simulator;
  /** By the first reference of the client. */
  readonly #known = new Map<string, KnownQr>();
  #unwatch: () => void = () => undefined;
  readonly #unwatchResets: () => void;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#watch();
    this.#unwatchResets = simulator.onReset(() => {
      this.#unwatch();
      this.#known.clear();
      this.#watch();
    });
  }

  /** Remembers a QR text. Gives the client that shows it, or null when none does. */
  add(text: string, label: string | null): WaitingView | null {
    const qr = parseQr(text);
    const client = qr && this.#simulator.waitingClients().find(({ refs }) => refs.includes(qr.ref));
    if (!client) return null;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(client.ref, { text, label });
    return this.#describe(client);
  }

  /** The QR text of a waiting client, by its first reference. */
  textOf(ref: string): string | null {
    return this.#known.get(ref)?.text ?? null;
  }

  list(): PairingView {
    return {
      waiting: this.#simulator.waitingClients().map((client) => this.#describe(client)),
      codes: this.#simulator.waitingForCode(),
    };
  }

  close(): void {
    this.#unwatch();
    this.#unwatchResets();
  }

  #watch(): void {
    this.#unwatch = this.#simulator.events.on('pairing.left', ({ ref }) => {
      this.#known.delete(ref);
    });
  }

  #describe({ ref, pushName, platform }: WaitingClient): WaitingView {
    const known = this.#known.get(ref);
    return { ref, pushName, platform, label: known?.label ?? null, scannable: known !== undefined };
  }
}
