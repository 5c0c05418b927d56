import { join } from 'node:path';
import type { Egress } from '../net/egress.ts';
import type { Outbound } from '../net/outbound.ts';
import type { Egresses } from '../sessions/egresses.ts';
import { BUNDLED_VERSION, createBaileysWhatsApp } from '../whatsapp/baileys/whatsapp.ts';
import { createClientVersions } from '../whatsapp/client-versions.ts';
import { parseVersion } from '../whatsapp/version.ts';
import type { Parts } from './parts.ts';
import { clock, random } from './system.ts';

/** The version stands in the first part of a file of some hundred kilobytes. */
const MAX_SCRIPT_BYTES = 4 * 1024 * 1024;
const DEADLINE_MS = 15_000;
/** Without these WhatsApp answers with a page for people (baileys 7.0.0-rc14 sends the same two). */
const HEADERS = {
  'sec-fetch-site': 'none',
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
};

/** WhatsApp, and which version of its web client we present there. */
export async function composeWhatsApp(
  parts: Pick<Parts, 'config' | 'logger' | 'storage'> & {
    readonly outbound: Outbound;
    readonly egresses: Egresses<Egress>;
  },
) {
  const { config, logger, storage, egresses } = parts;
  const versions = await composeVersions(parts);
  const whatsapp = createBaileysWhatsApp({
    versions,
    history: config.history,
    store: storage.devices,
    messages: storage.messages,
    egress: (key) => egresses.of(key),
    clock,
    random,
    logger,
    ...(config.whatsapp.simulated ? { server: config.whatsapp } : {}),
  });
  return { whatsapp, versions };
}

/** The version comes from where the operator or WhatsApp says so. */
function composeVersions({
  config,
  logger,
  outbound,
}: Pick<Parts, 'config' | 'logger'> & { readonly outbound: Outbound }) {
  const { version, versionUrl } = config.whatsapp;
  return createClientVersions({
    bundled: BUNDLED_VERSION,
    pinned: version ? parseVersion(version) : null,
    sourceUrl: versionUrl,
    file: join(config.dataDir, 'whatsapp-version.json'),
    read: async (url) => {
      const answer = await outbound.request(url, {
        method: 'GET',
        headers: HEADERS,
        deadlineMs: DEADLINE_MS,
        maxBodyBytes: MAX_SCRIPT_BYTES,
        trusted: true,
      });
      return answer.kind === 'answered' && answer.status === 200
        ? Buffer.from(answer.body).toString()
        : null;
    },
    clock,
    random,
    logger,
  });
}
