// The parts of the docs that only the running service knows: its OpenAPI document and its error codes.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';

const { compose } = await import('../gateway/src/compose.ts');
const { readConfig } = await import('../gateway/src/config/config.ts');
const { problemTable } = await import('../gateway/src/http/openapi.ts');
const { silentLogger } = await import('../gateway/src/kernel/logger.ts');

/** `docs/openapi.json`, as the service itself answers it. */
export async function openApiDocument() {
  const folder = mkdtempSync(join(tmpdir(), 'docs-'));
  const { config } = readConfig({
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: folder,
    API_KEY: 'operator-key-of-the-docs',
  });
  const service = await compose(config, silentLogger);
  try {
    const answer = await fetch(`${await service.listen()}/docs/openapi.json`);
    return formatted(JSON.stringify(await answer.json()));
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As the check of the format wants it. */
function formatted(json) {
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  return execFileSync(process.execPath, [biome, 'format', '--stdin-file-path=openapi.json'], {
    input: json,
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** `docs/errors.md`. */
export const errorCodes = () => `# Error codes

Every error is answered as \`application/problem+json\` (RFC 9457):

\`\`\`json
{
  "type": "urn:whatsapp-gateway:problem:session_not_found",
  "title": "There is no such session",
  "status": 404,
  "detail": "There is no session \\"support\\". Create it with POST /sessions/support/start.",
  "code": "session_not_found",
  "retryable": false,
  "requestId": "01KAQ5V1Z8T0M3K9YB2N6R4C7D"
}
\`\`\`

Programs go by \`code\`: codes are added, never renamed. \`detail\` is for people and says what to do.
\`errors\`, where it is there, names each wrong field as a JSON pointer. \`requestId\` is in the log, and in the
header \`X-Request-Id\`. "Try again" means that the same request may succeed later; \`Retry-After\` says when.

${problemTable()}
`;
