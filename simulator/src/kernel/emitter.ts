import type { Clock } from './clock.ts';

/** Payload type per event name. */
type EventMap = Record<string, unknown>;
type Listener<T> = (payload: T) => void;

/** How long those who wait for an event do so unless they say otherwise: patient with slow machines. */
export const WAIT_MS = 30_000;

/** Thrown by `waitFor` when nothing that matches happened in time. */
export class WaitTimeoutError extends Error {
  constructor(what: string, timeoutMs: number) {
    super(`nothing matched "${what}" within ${timeoutMs} ms`);
    this.name = 'WaitTimeoutError';
  }
}

/** A typed event emitter: listeners run in order of registration, synchronously. */
export class Emitter<Events extends EventMap> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Registers a listener; the returned function removes it. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    let listeners = this.#listeners.get(name);
    if (!listeners) this.#listeners.set(name, (listeners = new Set()));
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    const listeners = this.#listeners.get(name);
    if (!listeners || listeners.size === 0) return;
    for (const listener of listeners) (listener as Listener<Events[Name]>)(payload);
  }

  /** Resolves with the next payload that `matches`; rejects with `WaitTimeoutError`. */
  waitFor<Name extends keyof Events>(
    clock: Clock,
    name: Name,
    matches: (payload: Events[Name]) => boolean,
    timeoutMs: number,
  ): Promise<Events[Name]> {
    return new Promise((resolve, reject) => {
      const stop = this.on(name, (payload) => {
        if (!matches(payload)) return;
        timer.cancel();
        stop();
        resolve(payload);
      });
      const timer = clock.after(timeoutMs, () => {
        stop();
        reject(new WaitTimeoutError(String(name), timeoutMs));
      });
    });
  }

  /** Drops every listener. */
  clear(): void {
    this.#listeners.clear();
  }
}
