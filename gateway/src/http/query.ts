import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { Problem } from '../kernel/errors.ts';
import { jsonPointer } from '../kernel/json-pointer.ts';

/** Longer names of parameters are cut in the answer, and no more than this many are named. */
const MAX_NAME = 64;
const MAX_NAMES = 20;

/** Browsers, jQuery and clients of other gateways put an instant behind pictures, for a fresh copy. */
const CACHE_BUSTERS: ReadonlySet<string> = new Set(['t', 'ts', '_']);

/**
 * Refuses query parameters that the route does not have: a filter with a typing error would otherwise
 * answer everything. A GET may carry `CACHE_BUSTERS`, and routes that need no key are open to whatever probes, browsers and caches add.
 */
export function installQueryCheck(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ method, query, routeOptions }) => {
    const { config, schema } = routeOptions;
    if (!('scope' in config)) return;
    const given = Object.keys(query as object);
    const judged = method === 'GET' ? given.filter((name) => !CACHE_BUSTERS.has(name)) : given;
    const problem = unknownParameters(judged, parametersOf(schema));
    if (problem !== null) throw problem;
  });
}

/** The names that a route's schema gives; a schema other than of an object has none. Pure. */
function parametersOf(schema: { readonly querystring?: unknown } | undefined): string[] {
  const declared = schema?.querystring;
  return declared instanceof z.ZodObject ? Object.keys(declared.shape) : [];
}

/** Names the parameters, never their values, which may be keys. Pure. */
function unknownParameters(given: readonly string[], known: readonly string[]): Problem | null {
  const unknown = given.filter((name) => !known.includes(name));
  const [first] = unknown;
  if (first === undefined) return null;
  const allowed = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
  return new Problem(
    'unknown_field',
    `The query parameter "${first.slice(0, MAX_NAME)}" does not exist here: ${allowed}.`,
    unknown.slice(0, MAX_NAMES).map((name) => ({
      field: jsonPointer([name.slice(0, MAX_NAME)]),
      message: `Is no query parameter of this request: ${allowed}`,
    })),
  );
}
