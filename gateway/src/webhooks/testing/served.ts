import type { AddressInfo } from 'node:net';
import { registerEventRoutes } from '../../events/routes.ts';
import { createHttp } from '../../http/app.ts';
import { systemClock } from '../../kernel/clock.ts';
import { createIdSource } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { systemRandom } from '../../kernel/random.ts';
import { registerWebhookRoutes } from '../routes.ts';
import { ending, type House } from './house.ts';

/** An answer of the API, with its body read. */
export interface Reply {
  readonly status: number;
  // The tests name what they expect of it.
  readonly body: Record<string, unknown>;
}

export interface Served {
  readonly url: string;
  /** Calls the API; the workspace is named by a header, in the place of keys. */
  call(method: string, path: string, body?: unknown, workspaceId?: string): Promise<Reply>;
  close(): Promise<void>;
}

/** Serves the routes of a house on this machine, with no keys asked. */
export async function serve({ events, webhooks }: House): Promise<Served> {
  const app = await createHttp({
    logger: silentLogger,
    ids: createIdSource(systemClock, systemRandom),
    version: '0',
    trustedProxies: [],
    guard: (base) => {
      base.decorateRequest('workspaceId', 'default');
      base.addHook('onRequest', async (request) => {
        request.workspaceId = String(request.headers['x-workspace'] ?? 'default');
      });
    },
    system: [],
    workspace: [
      (scope) => registerWebhookRoutes(scope, { webhooks, clock: systemClock }),
      (scope) => registerEventRoutes(scope, { events, clock: systemClock }),
    ],
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  let closed = false;
  const served: Served = {
    url,
    async call(method, path, body, workspaceId = 'default') {
      const response = await fetch(url + path, {
        method,
        headers: {
          'x-workspace': workspaceId,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: JSON.parse(await response.text()) };
    },
    async close() {
      if (closed) return;
      closed = true;
      await app.close();
    },
  };
  return ending(served, () => served.close());
}
