import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import swagger from '@fastify/swagger';
import type { App } from './app.ts';
import { asset, sendAsset, webAsset } from './assets.ts';
import { PAGE_POLICY } from './headers.ts';
import { completeDocument, describeOperation, problemTable } from './openapi.ts';

/** The reference page is one script that brings its own styles along, hence this exception. */
const REFERENCE_POLICY = PAGE_POLICY.replace(
  "style-src 'self'",
  "style-src 'self' 'unsafe-inline'",
).concat("; font-src 'self' data:");

/** Only this file of the package is used: its own routes would load the page's setup as inline script. */
function scalarScript(): URL {
  const index = createRequire(import.meta.url).resolve('@scalar/fastify-api-reference');
  return new URL('js/standalone.js', pathToFileURL(index));
}

/** Collects the routes that come after it into an OpenAPI document and shows it at `/docs`, offline too. */
export async function installReference(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'WhatsApp Gateway', version, description: introduction() },
      security: [{ bearer: [] }, { apiKey: [] }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'An API key' },
        },
      },
    },
    transform: describeOperation,
    transformObject: completeDocument,
  });

  const options = { config: { public: true as const }, schema: { hide: true } };
  const page = webAsset('reference.html');
  const script = webAsset('reference.js');
  const scalar = asset(scalarScript());
  app.get('/docs', options, async (_request, reply) => reply.redirect('docs/', 302));
  app.get('/docs/', options, async (request, reply) =>
    sendAsset(page, request, reply.header('content-security-policy', REFERENCE_POLICY)),
  );
  app.get('/docs/reference.js', options, (request, reply) => sendAsset(script, request, reply));
  app.get('/docs/scalar.js', options, (request, reply) => sendAsset(scalar, request, reply));

  let document: string | null = null;
  app.get('/docs/openapi.json', options, async (_request, reply) => {
    document ??= JSON.stringify(app.swagger());
    return reply.type('application/json; charset=utf-8').send(document);
  });
}

function introduction(): string {
  return `Many WhatsApp numbers behind one REST API and webhooks.

## Keys

Send \`Authorization: Bearer <key>\` or \`X-Api-Key: <key>\`. Each operation names the scope that its key
needs. A key belongs to one workspace, and paths without one act in it; the same paths also answer under
\`/api\` and under \`/workspaces/{workspaceId}/proxy/api\`.

## Limits

\`RateLimit\` and \`X-RateLimit-*\` headers say what is left. After 429, wait as long as \`Retry-After\` says.

## Errors

Every error is \`application/problem+json\` (RFC 9457). Programs go by \`code\`, which never changes its
meaning; \`detail\` is for people, and \`errors\` names the fields that are wrong as JSON pointers.

${problemTable()}
`;
}
