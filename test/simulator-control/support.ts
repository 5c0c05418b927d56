import { type TestWorld, withWorld } from '../simulator/support/world.ts';

/** An answer of the control API. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Record<string, unknown>;
}

export interface ControlWorld {
  readonly world: TestWorld;
  /** Calls the control API; bodies are JSON unless they are text. */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
}

/** A world with its control API around each test of a file. */
export function withControl(): ControlWorld {
  const world = withWorld({ control: true });
  return {
    world,
    async call(method, path, body, headers = {}) {
      const isText = typeof body === 'string';
      const response = await fetch(`${world.simulator.controlUrl}${path}`, {
        method,
        headers: { ...(body === undefined || isText ? {} : JSON_TYPE), ...headers },
        ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const type = response.headers.get('content-type') ?? '';
      const isJson = type.includes('json') && text !== '';
      return {
        status: response.status,
        type,
        body: (isJson ? JSON.parse(text) : { text }) as Record<string, unknown>,
      };
    },
  };
}

const JSON_TYPE = { 'content-type': 'application/json' };
