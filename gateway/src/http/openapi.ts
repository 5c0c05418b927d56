import type { SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { type ProblemCode, problems } from '../kernel/errors.ts';

/** What any route can be answered with. */
const EVERYWHERE: readonly ProblemCode[] = [
  'rate_limited',
  'internal_error',
  'storage_unavailable',
  'shutting_down',
];

const WITH_KEY: readonly ProblemCode[] = [
  'key_missing',
  'key_invalid',
  'key_expired',
  'too_many_failures',
  'scope_missing',
  'address_not_allowed',
];

const WITH_SESSION: readonly ProblemCode[] = [
  'invalid_session_id',
  'session_not_found',
  'session_not_allowed',
];

const WITH_BODY: readonly ProblemCode[] = [
  'invalid_request',
  'invalid_json',
  'missing_field',
  'unknown_field',
  'wrong_type',
  'payload_too_large',
  'unsupported_media_type',
];

interface Route {
  readonly url: string;
  readonly method: string | readonly string[];
  readonly config?: {
    readonly scope?: string;
    readonly public?: true;
    readonly chat?: string;
    readonly problems?: readonly ProblemCode[];
  };
}

/** Every problem that a route can be answered with, as far as it declares them. */
function problemsOf(route: Route, schema: Readonly<Record<string, unknown>>): Set<ProblemCode> {
  const { config = {}, url } = route;
  return new Set<ProblemCode>([
    ...EVERYWHERE,
    ...(config.public ? [] : [...WITH_KEY, 'unknown_field' as const]),
    ...(url.includes('/sessions/:id') ? WITH_SESSION : []),
    ...(config.chat === undefined ? [] : (['chat_not_allowed'] as const)),
    ...(schema['params'] || schema['querystring'] ? (['invalid_request'] as const) : []),
    ...(schema['body'] ? WITH_BODY : []),
    ...(config.problems ?? []),
  ]);
}

/** Adds what every operation has in common to the schema that its route declares. */
export const describeOperation: SwaggerTransform = (document) => {
  const transformed = jsonSchemaTransform(document);
  const schema = transformed.schema as unknown as Record<string, unknown> | undefined;
  if (!schema || schema['hide']) return transformed;
  const route = document.route as unknown as Route;
  const scope = route.config?.scope;
  const described = {
    operationId: operationId(route),
    ...schema,
    description: descriptionOf(schema['description'], scope),
    ...(scope ? { 'x-scope': scope } : { security: [] }),
    response: answersOf(route, schema),
  };
  return { ...transformed, schema: described };
};

function descriptionOf(own: unknown, scope: string | undefined): string {
  const needs = scope ? `Needs the scope \`${scope}\`.` : 'Needs no key.';
  return typeof own === 'string' ? `${own}\n\n${needs}` : needs;
}

/** `GET /sessions/:id/qr` becomes `getSessionsByIdQr`: what generated clients call their methods. */
function operationId({ url, method }: Route): string {
  const words = url
    .split('/')
    .filter(Boolean)
    .map((part) => (part.startsWith(':') ? `by-${part.slice(1)}` : part))
    .flatMap((part) => part.split(/[^A-Za-z0-9]+/));
  const verb = String(method).toLowerCase();
  return verb + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** Successes as the route declares them; problems by status, each with the codes that it can have. */
function answersOf(
  route: Route,
  schema: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const declared = (schema['response'] ?? {}) as Readonly<Record<string, unknown>>;
  const successes = Object.entries(declared)
    .filter(([status]) => !/^[45]xx$/i.test(status))
    .map(([status, answer]) => [status, successOf(answer as DeclaredAnswer)]);
  const byStatus = new Map<string, ProblemCode[]>();
  for (const code of problemsOf(route, schema)) {
    const status = String(problems[code].status);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const refusals = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join('\n\n'),
      content: {
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      },
    },
  ]);
  // Pictures and streams have no schema to declare.
  const success = successes.length > 0 ? Object.fromEntries(successes) : { 200: successOf({}) };
  return { ...Object.fromEntries(refusals), ...success };
}

type DeclaredAnswer = Readonly<Record<string, unknown>> & { readonly description?: string };

function successOf(answer: DeclaredAnswer): Readonly<Record<string, unknown>> {
  if (Object.keys(answer).length === 0) return { description: 'Success' };
  if ('content' in answer) return { description: 'Success', ...answer };
  const { description = 'Success', ...schema } = answer;
  return { description, content: { 'application/json': { schema } } };
}

/** Completes the document, and takes out what only the libraries need to know. */
export const completeDocument: SwaggerTransformObject = (document) => {
  const complete = tidy(jsonSchemaTransformObject(document)) as OpenApiDocument;
  return onlyNamed(shareRefusals(complete)) as ReturnType<SwaggerTransformObject>;
};

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationAnswers>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly responses?: Readonly<Record<string, unknown>>;
  };
}

interface OperationAnswers {
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

/**
 * Most operations refuse in the same ways, which were the larger part of the document: each way stands
 * among the components once, under the codes that it is about.
 */
function shareRefusals(document: OpenApiDocument): OpenApiDocument {
  const shared: Record<string, unknown> = {};
  const share = ([status, answer]: readonly [string, { readonly description: string }]) => {
    if (!/^[45]/.test(status)) return [status, answer];
    const codes = [...answer.description.matchAll(/^`(\w+)`:/gm)].map(([, code]) => code);
    // `/ready` answers 503 with what is down, which is no problem document.
    if (codes.length === 0) return [status, answer];
    const name = codes.join('.');
    shared[name] = answer;
    return [status, { $ref: `#/components/responses/${name}` }];
  };
  const within = <Value, Made>(
    object: Readonly<Record<string, Value>>,
    make: (value: Value) => Made,
  ) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, make(value)]));
  const paths = within(document.paths, (methods) =>
    within(methods, (operation) => ({
      ...operation,
      responses: Object.fromEntries(Object.entries(operation.responses).map(share)),
    })),
  );
  const names = Object.keys(shared).sort((a, b) => a.localeCompare(b));
  const responses = Object.fromEntries(names.map((name) => [name, shared[name]]));
  return { ...document, paths, components: { ...document.components, responses } };
}

/**
 * Zod spells the calendar out in the pattern of every instant, where the format says as much, and gives
 * every integer the bounds of what JavaScript can hold.
 */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, part]) => [name, tidy(part)] as const);
  const object: Record<string, unknown> = Object.fromEntries(entries);
  if (object['format'] === 'date-time') delete object['pattern'];
  if (object['minimum'] === Number.MIN_SAFE_INTEGER) delete object['minimum'];
  if (object['maximum'] === Number.MAX_SAFE_INTEGER) delete object['maximum'];
  return object;
}

const REF = /"#\/components\/schemas\/([^"]+)"/g;

/**
 * Each schema comes twice, as what goes in (`KeyInput`) and as what comes out (`Key`). Keeps those that
 * something names, and calls the first by the plain name where the second is not needed.
 */
function onlyNamed(document: OpenApiDocument): unknown {
  const { schemas } = document.components;
  const { components, ...rest } = document;
  const named = new Set<string>();
  const visit = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part ?? null).matchAll(REF)) {
      if (named.has(name)) continue;
      named.add(name);
      visit(schemas[name]);
    }
  };
  const { schemas: _schemas, ...others } = components;
  visit({ ...rest, others });
  const plain = (name: string): string => {
    const short = name.replace(/Input$/, '');
    return named.has(short) ? name : short;
  };
  const kept = [...named].sort((a, b) => a.localeCompare(b)).map((name) => [name, schemas[name]]);
  const renamed = JSON.stringify({
    ...rest,
    components: {
      ...components,
      schemas: Object.fromEntries(kept.map(([name, schema]) => [plain(String(name)), schema])),
    },
  }).replaceAll(REF, (_ref, name: string) => `"#/components/schemas/${plain(name)}"`);
  return JSON.parse(renamed);
}

/** The error codes as a table in Markdown, by status. */
export function problemTable(): string {
  const rows = Object.entries(problems)
    .sort(([, a], [, b]) => a.status - b.status)
    .map(
      ([code, { status, title, retryable }]) =>
        `| \`${code}\` | ${status} | ${title} | ${retryable ? 'yes' : 'no'} |`,
    );
  return ['| Code | Status | Meaning | Try again |', '|---|---|---|---|', ...rows].join('\n');
}
