import { healthy } from './breaker.ts';
import type { Endpoint, EndpointHealth } from './store.ts';
import { EndpointWorker, type WorkerDeps } from './worker.ts';

/** An endpoint and how it fares. */
export interface Enlisted {
  readonly endpoint: Endpoint;
  readonly health: EndpointHealth;
}

/** The endpoints of this process, each with its worker. */
export class Roster {
  readonly #deps: WorkerDeps;
  readonly #entries = new Map<string, { endpoint: Endpoint; readonly worker: EndpointWorker }>();
  #subscribers: readonly Endpoint[] | null = null;

  constructor(deps: WorkerDeps) {
    this.#deps = {
      ...deps,
      onNews: (...news) => {
        this.#subscribers = null;
        deps.onNews(...news);
      },
    };
  }

  /** Endpoints that get new events: active, and not switched off for failing. */
  subscribers(): readonly Endpoint[] {
    this.#subscribers ??= [...this.#entries.values()]
      .filter(({ endpoint, worker }) => endpoint.active && worker.health.disabled === null)
      .map(({ endpoint }) => endpoint);
    return this.#subscribers;
  }

  /** Those of a workspace, oldest first. */
  of(workspaceId: string): readonly Enlisted[] {
    return [...this.#entries.values()]
      .filter(({ endpoint }) => endpoint.workspaceId === workspaceId)
      .map(({ endpoint, worker }) => ({ endpoint, health: worker.health }));
  }

  /** Adds an endpoint, or changes it; without `health` a known one keeps its own. */
  put(endpoint: Endpoint, health?: EndpointHealth): void {
    this.#subscribers = null;
    const entry = this.#entries.get(endpoint.id);
    if (entry) {
      entry.endpoint = endpoint;
      entry.worker.update(endpoint, health ?? entry.worker.health);
      return;
    }
    const worker = new EndpointWorker(this.#deps, endpoint, health ?? healthy(endpoint.id));
    this.#entries.set(endpoint.id, { endpoint, worker });
    worker.wake();
  }

  /** Takes an endpoint off; resolves when no attempt of it is under way. */
  async drop(endpointId: string): Promise<void> {
    const entry = this.#entries.get(endpointId);
    this.#subscribers = null;
    this.#entries.delete(endpointId);
    await entry?.worker.stop(0);
  }

  wake(endpointIds: Iterable<string>): void {
    for (const id of endpointIds) this.#entries.get(id)?.worker.wake();
  }

  /** Ends all work; see the worker. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ worker }) => worker.stop(graceMs)));
  }
}
