import fc from 'fast-check';
import type { JsonSchema, Operation } from './specification.ts';

/** Nothing beyond this machine may be asked for by a test, whatever the service is told to fetch. */
const LOCAL_URLS = ['http://127.0.0.1:9/a.png', 'https://[::1]:9/', 'http://10.255.255.1/x'];

/** What has broken parsers, stores and shells before. */
const HOSTILE_TEXTS = [
  '',
  ' ',
  '\0',
  '\uD800',
  '../../etc/passwd',
  '..%2f..%2f',
  '\r\nSet-Cookie: a=b',
  "'; DROP TABLE sessions; --",
  '${7*7}',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  '💥'.repeat(300),
  'x'.repeat(70_000),
  '%00',
  'NaN',
  '1e999',
  '-1',
  '9'.repeat(400),
  '2026-99-99T99:99:99Z',
];

const hostileText = fc.constantFrom(...HOSTILE_TEXTS);

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, 0, -1, 1e308, 2 ** 53, [], {}, [[[[]]]], ['a', 1, null]),
  fc.constant(JSON.parse('{"__proto__":{"a":1}}')),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A value that fits the schema, as far as a schema tells; schemas that recur end after some levels. */
export function fitting(
  schema: JsonSchema,
  schemas: Readonly<Record<string, JsonSchema>>,
  depth = 0,
): fc.Arbitrary<unknown> {
  const inner = (part: JsonSchema) => fitting(part, schemas, depth + 1);
  if (depth > 8) return fc.constant(null);
  if (schema.$ref) return inner(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices?.length) return fc.oneof(...choices.map(inner));
  if (schema.allOf?.length) {
    return fc
      .tuple(...schema.allOf.map(inner))
      .map((parts) => Object.assign({}, ...parts) as unknown);
  }
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
  switch (type) {
    case 'object':
      return fittingObject(schema, inner);
    case 'array':
      return fc.array(inner(schema.items ?? {}), {
        minLength: Math.min(schema.minItems ?? 0, 3),
        maxLength: Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? 3, 3)),
      });
    case 'string':
      return fittingText(schema);
    case 'integer':
    case 'number':
      return fc.integer({
        min: Math.ceil(schema.minimum ?? schema.exclusiveMinimum ?? -1_000),
        max: Math.floor(
          Math.min(schema.maximum ?? Infinity, Math.max(100_000, schema.minimum ?? 0)),
        ),
      });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function fittingObject(
  schema: JsonSchema,
  inner: (part: JsonSchema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, part]) => [name, inner(part)] as const,
  );
  const required = (schema.required ?? []).filter((name) => schema.properties?.[name]);
  return fc.record(Object.fromEntries(fields), { requiredKeys: required });
}

function fittingText(schema: JsonSchema): fc.Arbitrary<string> {
  switch (schema.format) {
    case 'uri':
    case 'url':
      return fc.constantFrom(...LOCAL_URLS);
    case 'date-time':
      return fc
        .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString());
    default:
  }
  if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern, 'u'));
  const recipients = ['5511999999999', '+55 11 99999-9999', '120363000000000001@g.us'];
  return fc.oneof(
    fc.constantFrom(...recipients, ...LOCAL_URLS, 'support', '*', 'message.received'),
    fc.string({
      minLength: Math.min(schema.minLength ?? 0, 50),
      maxLength: Math.max(schema.minLength ?? 0, Math.min(schema.maxLength ?? 40, 40)),
      unit: 'binary',
    }),
  );
}

/** A fitting value with one thing wrong: a field missing, too many, of another type, or hostile. */
export function nearly(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(value, fc.nat(1_000), fc.nat(3), hostileValue).map(([fit, where, how, bad]) => {
    if (typeof fit !== 'object' || fit === null) return bad;
    const wrong = structuredClone(fit) as Record<string, unknown>;
    const holders = objectsIn(wrong);
    const holder = holders[where % holders.length] ?? wrong;
    const names = Object.keys(holder);
    const name = names[where % Math.max(1, names.length)] ?? 'unknown';
    if (how === 0) delete holder[name];
    else if (how === 1) holder['notAField'] = bad;
    else holder[name] = bad;
    return wrong;
  });
}

function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(objectsIn);
  return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner];
}

/** A body that is no JSON, too deep, or poisoned. */
const brokenBody = fc.constantFrom(
  '{',
  'null',
  '[]',
  '"text"',
  '{"to":',
  '{"a":1}}',
  '['.repeat(5_000),
  '{"__proto__":{"scopes":["*"]}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '\uFEFF{}',
  '{"to":"5511999999999","to":"1"}',
  '\0',
);

/** One request: all of it as it goes out. */
export interface FuzzRequest {
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** Requests to an operation: fitting, nearly fitting and hostile ones. */
export function requestsTo(
  operation: Operation,
  schemas: Readonly<Record<string, JsonSchema>>,
  known: Readonly<Record<string, readonly string[]>>,
): fc.Arbitrary<FuzzRequest> {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const values = names.map((name) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...(known[name] ?? ['unknown'])) },
      { weight: 1, arbitrary: fc.oneof(hostileText, fc.string({ minLength: 1, maxLength: 20 })) },
    ),
  );
  const path = fc
    .tuple(...values)
    .map((chosen) =>
      names.reduce(
        (text, name, i) => text.replace(`{${name}}`, encode(chosen[i] ?? '') || '-'),
        operation.path,
      ),
    );
  const parameters = operation.parameters.filter((parameter) => parameter.in === 'query');
  const query = fc
    .tuple(
      ...parameters.map(({ schema }) =>
        fc.option(fc.oneof(fitting(schema, schemas), hostileValue), { freq: 2 }),
      ),
    )
    .map((chosen) =>
      parameters
        .flatMap(({ name }, i) =>
          chosen[i] === null ? [] : [`${name}=${encode(asText(chosen[i])).slice(0, 3_000)}`],
        )
        .join('&'),
    )
    .chain((text) =>
      fc
        .option(hostileText, { freq: 12, nil: null })
        .map((name) =>
          name === null ? text : [text, `${encode(name)}=1`].filter(Boolean).join('&'),
        ),
    );
  const fit = operation.body ? fitting(operation.body, schemas) : fc.constant(undefined);
  const body = operation.body
    ? fc.oneof(
        { weight: 4, arbitrary: fit },
        { weight: 5, arbitrary: nearly(fit) },
        { weight: 1, arbitrary: brokenBody },
        { weight: 1, arbitrary: hostileValue },
      )
    : fc.option(hostileValue, { freq: 10, nil: undefined });
  const headers = fc.constantFrom<Record<string, string>>(
    {},
    {},
    {},
    { accept: 'text/html' },
    { accept: '\u00ff/\u00ff;q=nonsense' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-encoding': 'gzip' },
    { 'last-event-id': 'x' },
    { 'idempotency-key': 'x'.repeat(300) },
    { range: 'bytes=9-1,-' },
    { 'if-none-match': '*' },
  );
  return fc.record({ path, query, body, headers });
}

const asText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

/** Lone surrogates cannot be written in a URL. */
const encode = (text: string): string => encodeURIComponent(Buffer.from(text).toString());
