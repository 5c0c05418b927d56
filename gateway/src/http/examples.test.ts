import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';

interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

it('has examples that fit their schemas, also of the answers that matter most', async () => {
  const file = new URL('../../../docs/openapi.json', import.meta.url);
  const reference: Document = JSON.parse(await readFile(file, 'utf8'));
  const exampled = schemasWithExamples(reference);
  expect(exampled.length).toBeGreaterThan(50);
  for (const { at, schema, examples } of exampled) {
    const validator = z.fromJSONSchema(withDefinitions(schema, reference) as never);
    for (const example of examples) {
      const { error } = validator.safeParse(example);
      expect(error?.issues ?? [], `${at}: ${JSON.stringify(example)}`).toEqual([]);
    }
  }
  const names = Object.entries(reference.components.schemas)
    .filter(([, schema]) => 'examples' in schema)
    .map(([name]) => name);
  const answers = ['Problem', 'Session', 'SentMessage', 'QueuedMessage', 'Key', 'Event'];
  expect(names).toEqual(expect.arrayContaining(answers));
});

interface Exampled {
  readonly at: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly examples: readonly unknown[];
}

/** Every part of the document that is a schema with examples. */
function schemasWithExamples(part: unknown, at = ''): Exampled[] {
  if (typeof part !== 'object' || part === null) return [];
  const inner = Object.entries(part).flatMap(([name, value]) =>
    name === 'examples' ? [] : schemasWithExamples(value, `${at}/${name}`),
  );
  const { examples } = part as { readonly examples?: unknown };
  const own = Array.isArray(examples) ? [{ at, schema: { ...part }, examples }] : [];
  return [...own, ...inner];
}

/** A schema that stands by itself: with the shared ones in it, under the names that JSON Schema uses. */
function withDefinitions(schema: object, { components }: Document): object {
  const whole = { ...schema, $defs: components.schemas };
  return JSON.parse(JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/'));
}
