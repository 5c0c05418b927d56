import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { Problem } from '../kernel/errors.ts';
import { bodyProblem } from '../messages/catalogue/problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * The route has no fields, and clients written for other gateways call it: what they send along, and
     * always could, is ignored.
     */
    ignoresBody?: true;
  }
}

/** The deepest body of ours has 8 levels; what walks a body recursively is safe far beyond this. */
const MAX_JSON_DEPTH = 64;

/**
 * Reads JSON bodies: nested no deeper than 64, without `__proto__` or `constructor.prototype`, and not
 * compressed, so that a few bytes cannot become many. No other type is read here, least of all those that
 * a form on a foreign web page can send; routes that take files read forms (see `multipart.ts`). An empty body is none, whatever its type says:
 * many clients send `Content-Type` with every request.
 */
export function installBodies(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity') return;
    throw new Problem('unsupported_media_type', 'Send the body without compression.');
  });

  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => {
      if (body.trim() === '') return done(null, undefined);
      if (isDeeperThan(body, MAX_JSON_DEPTH)) {
        return done(
          new Problem('invalid_json', `The body is nested deeper than ${MAX_JSON_DEPTH} levels.`),
        );
      }
      return parse(request, body, done);
    },
  );
}

/** Many clients send `{}` or null with every request. */
const NO_FIELDS = z.strictObject({}).nullish();

/**
 * Refuses fields where a route has none, as routes with a body refuse those they do not know: what a
 * client asks for by them would silently not happen. Routes that need no key answer whatever probes send,
 * and some answer clients of old (see `ignoresBody`).
 */
export function installBodyCheck(app: FastifyInstance): void {
  app.addHook('preHandler', async ({ body, routeOptions }) => {
    const { config, schema } = routeOptions;
    if (!('scope' in config) || config.ignoresBody || schema?.body !== undefined) return;
    const { error } = NO_FIELDS.safeParse(body);
    if (error === undefined) return;
    const { code, fields } = bodyProblem(error, body);
    throw new Problem(code, 'This request has no fields: send it without a body.', fields);
  });
}

/** Counts brackets outside strings, in one pass; strings of any length cost next to nothing. */
export function isDeeperThan(json: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > limit) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x22: // "
        at = endOfString(json, at);
        break;
      default:
    }
  }
  return false;
}

/** Where the string that opens at `start` closes; the end of the text when it does not. */
function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end;
}

function isEscaped(json: string, at: number): boolean {
  let backslashes = 0;
  while (json.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}
