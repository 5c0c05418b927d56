import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { PAGE_POLICY } from './guard.ts';
import { Problem } from './problem.ts';

/** Where `vite build` puts the page: the same path from `src/control` and from `dist/control`. */
const FOLDER = fileURLToPath(new URL('../../dist/web/', import.meta.url));

/** Serves the page at `/`; its other files carry a hash in their names and never change. */
export async function installPage(app: FastifyInstance): Promise<void> {
  if (!existsSync(`${FOLDER}index.html`)) {
    app.get('/', { schema: { hide: true } }, () => {
      throw new Problem(
        'page_not_built',
        'Run `npm run build -w simulator`; the API works anyway.',
      );
    });
    return;
  }
  await app.register(fastifyStatic, {
    root: FOLDER,
    cacheControl: false,
    setHeaders(reply, path) {
      reply.header('content-security-policy', PAGE_POLICY);
      const isHashed = path.startsWith(`${FOLDER}assets`);
      reply.header('cache-control', isHashed ? 'max-age=31536000, immutable' : 'no-cache');
    },
  });
}
