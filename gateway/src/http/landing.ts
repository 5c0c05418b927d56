import type { App } from './app.ts';
import { sendAsset, webAsset } from './assets.ts';
import { PAGE_POLICY } from './headers.ts';

/** Where to go from here, for whoever asks the root without a browser. */
const LINKS = {
  name: 'WhatsApp Gateway',
  reference: '/docs',
  openapi: '/docs/openapi.json',
  sessions: '/sessions',
  health: '/health',
};

/** Greets at `/`: a page that pairs the first number for browsers, links for programs. */
export function registerLanding(app: App): void {
  const options = { config: { public: true as const }, schema: { hide: true } };
  const page = webAsset('landing.html');
  app.get('/', options, async (request, reply) => {
    reply.header('vary', 'accept');
    return request.headers.accept?.includes('text/html')
      ? sendAsset(page, request, reply.header('content-security-policy', PAGE_POLICY))
      : reply.send(LINKS);
  });
  for (const name of ['landing.css', 'landing.js', 'favicon.svg']) {
    const file = webAsset(name);
    app.get(`/${name}`, options, (request, reply) => sendAsset(file, request, reply));
  }
}
