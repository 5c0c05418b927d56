import { env } from 'node:process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problems } from '../../gateway/src/kernel/errors.ts';
import { type FuzzRequest, requestsTo } from './support/arbitrary.ts';
import { type Answer, startService, type TestService } from './support/service.ts';
import { type Operation, operationsOf, type Specification } from './support/specification.ts';

/** `FUZZ_REQUESTS=20000` is the long form; `FUZZ_SEED` repeats a run. */
const REQUESTS = Number(env['FUZZ_REQUESTS'] ?? 1_500);
const SEED = Number(env['FUZZ_SEED'] ?? 20_260_101);

/** Each request is followed by a look at what it changed: four more. A machine under load takes this long. */
const MS_PER_REQUEST = 250;

const SESSIONS = ['support', 'sales'];

/**
 * Every operation, called with requests made from its own description: fitting, nearly fitting and
 * hostile. Nothing may answer 500, hang or answer in another shape than the document says, and what
 * was refused must have changed nothing.
 */
describe('every operation under fuzz', () => {
  let service: TestService;
  let specification: Specification;
  let operations: readonly Operation[];
  let known: Record<string, readonly string[]>;

  beforeAll(async () => {
    service = await startService();
    specification = await service.specification();
    operations = operationsOf(specification);
    known = {
      id: SESSIONS,
      workspaceId: ['default', 'acme'],
      chatId: ['5511999999999@s.whatsapp.net'],
    };
  });
  afterAll(() => service.stop());

  /** Makes again what an earlier operation has removed, and learns the ids there are. */
  async function refreshKnown(): Promise<void> {
    for (const id of SESSIONS) await service.call('POST', `/sessions/${id}/start`);
    const idsOf = async (path: string) => {
      const { json } = await service.call('GET', path);
      return (json as { id: string }[]).slice(0, 3).map(({ id }) => id);
    };
    const [keyId, endpointId] = [await idsOf('/keys'), await idsOf('/webhooks')];
    known = { ...known, keyId: [...keyId, 'none'], endpointId: [...endpointId, 'none'] };
  }

  /** All that a refused request could have changed. */
  async function state(): Promise<string> {
    const lists = await Promise.all(
      ['/sessions', '/keys', '/webhooks', '/workspaces'].map((path) => service.call('GET', path)),
    );
    return JSON.stringify(lists.map(({ json }) => (json as object[]).map(lasting)));
  }

  function check(operation: Operation, request: FuzzRequest, answer: Answer): void {
    const shown = JSON.stringify({ ...request, operation: operation.operationId }).slice(0, 2_000);
    expect(answer.status, shown).not.toBe(500);
    if (answer.status < 400) {
      expect([...operation.statuses], shown).toContain(String(answer.status));
      return;
    }
    expect(answer.headers.get('content-type'), shown).toMatch(/^application\/problem\+json/);
    const kind = problems[answer.json.code as keyof typeof problems];
    expect(kind?.status, shown).toBe(answer.status);
    expect(answer.text, shown).not.toMatch(/node_modules|\bat .+:\d+:\d+|SQLITE/);
  }

  it(
    `holds for ${REQUESTS} requests`,
    async () => {
      const perOperation = Math.ceil(REQUESTS / operations.length);
      for (const operation of operations) {
        await refreshKnown();
        const requests = requestsTo(operation, specification.components.schemas, known);
        const changes = operation.method !== 'GET';
        let before = changes ? await state() : '';
        await fc.assert(
          fc.asyncProperty(requests, async (request) => {
            const query = request.query ? `?${request.query}` : '';
            const options = operation.method === 'GET' ? { headers: request.headers } : request;
            const answer = await service.call(operation.method, request.path + query, options);
            check(operation, request, answer);
            if (!changes) return;
            const after = await state();
            if (answer.status >= 400) expect(after).toBe(before);
            before = after;
          }),
          { numRuns: perOperation, seed: SEED, endOnFailure: true },
        );
      }
      expect((await service.call('GET', '/ready')).status).toBe(200);
    },
    60_000 + REQUESTS * MS_PER_REQUEST,
  );
});

/** Without what changes by itself: retries of sessions, last uses, failures of deliveries. */
function lasting(item: object): object {
  const { id, name, scopes, sessions, chats, networks, prefix, expiresAt, url, events, active } =
    item as Record<string, unknown>;
  return { id, name, scopes, sessions, chats, networks, prefix, expiresAt, url, events, active };
}
