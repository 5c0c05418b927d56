import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';

/** An answer of the API is data: nothing in it may run, load or be framed. */
const API_POLICY =
  "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** What the page may do: load from here, talk to here, show and play what it was given. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': API_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(self)',
  'cache-control': 'no-store',
};

/**
 * There are no keys: whoever reaches the port may do everything. What must not happen is that a web
 * page somewhere does it through a developer's browser, by a request of its own (`Origin`) or by a
 * name that it made point here (`Host`, DNS rebinding).
 */
export function installGuard(app: FastifyInstance, isLocal: boolean): void {
  app.addHook('onRequest', async (request) => {
    const { origin, host = '' } = request.headers;
    if (isLocal && !isLocalName(host)) {
      throw new Problem('foreign_host', 'Call the simulator as localhost or 127.0.0.1.');
    }
    if (origin !== undefined && !isSameHost(origin, host)) {
      throw new Problem('foreign_origin', 'Only the page of the simulator itself may call it.');
    }
  });
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!reply.hasHeader(name)) reply.header(name, value);
    }
  });
}

function isLocalName(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name);
}

function isSameHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
