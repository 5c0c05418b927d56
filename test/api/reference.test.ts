import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemTable } from '../../gateway/src/http/openapi.ts';
import { problems } from '../../gateway/src/kernel/errors.ts';
import { startService, type TestService } from './support/service.ts';
import { operationsOf, type Specification } from './support/specification.ts';

const inDocs = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

/** The reference is the contract: a change of it is made knowingly, with `npm run docs`. */
describe('the API reference', () => {
  let service: TestService;
  let live: Specification;
  beforeAll(async () => {
    service = await startService();
    live = await service.specification();
  });
  afterAll(() => service.stop());

  it('is what docs/openapi.json says', async () => {
    expect(live).toEqual(JSON.parse(await inDocs('openapi.json')));
  });

  it('has every error code in docs/errors.md', async () => {
    const errors = await inDocs('errors.md');
    expect(errors).toContain(problemTable());
    for (const code of Object.keys(problems)) expect(errors).toContain(`\`${code}\``);
  });

  it('names every operation once, with a summary, and each of its answers', () => {
    const operations = operationsOf(live);
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const methods of Object.values(live.paths)) {
      for (const operation of Object.values(methods)) {
        expect(operation.summary).toMatch(/^[A-Z].{5,}/);
        expect(Object.keys(operation.responses)).toEqual(
          expect.arrayContaining(['429', '500', '503']),
        );
      }
    }
  });

  it('tells scope and error codes of each operation', () => {
    const send = live.paths['/sessions/{id}/send']?.['post'];
    expect(send).toMatchObject({ 'x-scope': 'messages:send' });
    const refused = JSON.stringify(send?.responses['403']);
    for (const code of ['scope_missing', 'session_not_allowed', 'chat_not_allowed']) {
      expect(refused).toContain(code);
    }
  });

  it('refers to nothing that is not there, and holds nothing that is not referred to', () => {
    const text = JSON.stringify(live);
    for (const kind of ['schemas', 'responses'] as const) {
      const refs = new RegExp(`"#/components/${kind}/([^"]+)"`, 'g');
      const named = [...text.matchAll(refs)].map(([, name]) => name);
      expect([...new Set(named)].sort()).toEqual(Object.keys(live.components[kind]).sort());
    }
  });
});
