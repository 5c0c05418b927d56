import { WaitTimeoutError } from '../kernel/emitter.ts';
import { Problem } from './problem.ts';

/** More waits at once are refused. */
const MAX_WAITS = 500;

/** Requests that are answered when something happens. */
export class Waits {
  #open = 0;
  #isClosed = false;
  readonly #cancel = new Set<(problem: Problem) => void>();

  /** The result of `pending`; a timeout of it becomes `wait_timeout`. */
  async until<T>(pending: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw stopping();
    if (this.#open >= MAX_WAITS) {
      throw new Problem('too_many_waits', `At most ${MAX_WAITS} requests may wait at once.`);
    }
    this.#open += 1;
    let cancel: (problem: Problem) => void = () => undefined;
    const cancelled = new Promise<never>((_resolve, reject) => {
      cancel = reject;
      this.#cancel.add(cancel);
    });
    try {
      return await Promise.race([pending(), cancelled]);
    } catch (error) {
      if (!(error instanceof WaitTimeoutError)) throw error;
      throw new Problem('wait_timeout', 'Nothing that matches happened in time.');
    } finally {
      this.#open -= 1;
      this.#cancel.delete(cancel);
    }
  }

  /** Answers all that wait with `shutting_down`. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#cancel) cancel(stopping());
  }
}

const stopping = () => new Problem('shutting_down', 'The simulator is stopping.');
