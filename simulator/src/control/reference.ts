import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import swagger from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { App } from './app.ts';
import { PAGE_POLICY } from './guard.ts';
import { VERSION } from './version.ts';

/** The reference page is one script that brings its own styles along, hence this exception. */
const REFERENCE_POLICY = PAGE_POLICY.replace(
  "style-src 'self'",
  "style-src 'self' 'unsafe-inline'",
).concat("; font-src 'self' data:");

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Simulator API</title>
  </head>
  <body>
    <div id="app"></div>
    <noscript>This page needs JavaScript. In plain form: <a href="openapi.json">openapi.json</a></noscript>
    <script src="scalar.js"></script>
    <script src="setup.js"></script>
  </body>
</html>
`;

/** Nothing comes from elsewhere: no fonts, scripts, telemetry or proxies. */
const SETUP = `Scalar.createApiReference('#app', {
  url: 'openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  proxyUrl: '',
  agent: { disabled: true },
  mcp: { disabled: true },
  metaData: { title: 'Simulator API' },
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  servers: [{ url: window.location.origin }],
});
`;

/** Only this file of the package is used: its own routes load the setup as inline script. */
function scalarScript(): Buffer {
  const index = createRequire(import.meta.url).resolve('@scalar/fastify-api-reference');
  return readFileSync(new URL('js/standalone.js', pathToFileURL(index)));
}

/** Collects the routes that come after it into an OpenAPI document and shows it at `/docs/`, offline. */
export async function installReference(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'WhatsApp simulator',
        version: VERSION,
        description:
          'What happens on the simulated phones, and what goes wrong, by HTTP. `number` in paths is ' +
          'the digits of an account or one of its addresses. Errors are problem details (RFC 9457) ' +
          'with a stable `code`. Waits answer at once when what they wait for has happened already.',
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  const hidden = { schema: { hide: true } };
  app.get('/docs', hidden, (_request, reply) => reply.redirect('/docs/', 302));
  app.get('/docs/', hidden, (_request, reply) =>
    reply
      .header('content-security-policy', REFERENCE_POLICY)
      .type('text/html; charset=utf-8')
      .send(PAGE),
  );
  app.get('/docs/setup.js', hidden, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(SETUP),
  );
  app.get('/docs/scalar.js', hidden, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(scalarScript()),
  );
  let document: string | null = null;
  app.get('/docs/openapi.json', hidden, (_request, reply) => {
    document ??= JSON.stringify(app.swagger());
    return reply.type('application/json; charset=utf-8').send(document);
  });
}
