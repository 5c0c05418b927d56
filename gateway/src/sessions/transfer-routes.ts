import { z } from 'zod';
import type { App } from '../http/app.ts';
import { type FilePart, readForm } from '../http/multipart.ts';
import { problemSchema } from '../http/problem.ts';
import { bodyReadByDomain } from '../http/validation.ts';
import { Problem } from '../kernel/errors.ts';
import { sessionParams } from './params.ts';
import type { Transfers } from './transfer.ts';
import { viewSchema } from './view-schema.ts';

/** A busy account with thousands of contacts has some megabytes of keys. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

const passphraseSchema = z
  .string()
  .min(12, 'must have at least 12 characters')
  .max(1024)
  .describe('Whoever has the file and the passphrase has the WhatsApp account');
const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

/** A session as a file, out of one gateway and into another. */
export function registerTransferRoutes(app: App, transfers: Transfers): void {
  app.route({
    method: 'POST',
    url: '/sessions/:id/export',
    config: {
      scope: 'sessions:transfer',
      problems: ['session_running', 'nothing_to_export'],
    },
    schema: {
      tags: ['Sessions'],
      summary: 'A stopped session as one encrypted file',
      description:
        'Its credentials and keys, under a passphrase. Import it in another gateway and start it there without a QR code; do not start it here again, or the two throw each other out. Of a session that was logged out it holds the credentials as they were; of one whose credentials are damaged (`auth_corrupt`), those from before the last save.',
      params: sessionParams,
      body: z.strictObject({ passphrase: passphraseSchema }),
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const { passphrase } = request.body;
      const file = await transfers.export(request.workspaceId, id, passphrase);
      return reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename="${id}.wasession"`)
        .header('cache-control', 'no-store')
        .send(file);
    },
  });

  app.route({
    method: 'POST',
    url: '/sessions/:id/restore-credentials',
    config: { scope: 'sessions:write', problems: ['nothing_to_restore'] },
    schema: {
      tags: ['Sessions'],
      summary: 'Go back to the credentials from before the last save',
      description:
        'For a session in the state `auth_corrupt`, whose stored credentials are damaged: it is started with those that were saved before them, without a QR code. If the damage is more than that, the answer is `nothing_to_restore`.',
      params: sessionParams,
      response: { 200: viewSchema, ...problemAnswers },
    },
    handler: (request) => transfers.restore(request.workspaceId, request.params.id),
  });

  app.route({
    method: 'POST',
    url: '/sessions/:id/import',
    config: {
      scope: 'sessions:transfer',
      multipart: true,
      problems: ['session_exists', 'import_unreadable', 'passphrase_wrong', 'payload_too_large'],
    },
    validatorCompiler: bodyReadByDomain,
    schema: {
      tags: ['Sessions'],
      summary: 'A new session from an exported file',
      description:
        'A form with `passphrase` and `file`: `curl -F passphrase=... -F file=@support.wasession`. The session stands still until it is started.',
      params: sessionParams,
      consumes: ['multipart/form-data'],
      body: z.object({ passphrase: passphraseSchema, file: z.string().meta({ format: 'binary' }) }),
      response: { 201: viewSchema, ...problemAnswers },
    },
    handler: async (request, reply) => {
      if (!request.isMultipart()) {
        throw new Problem(
          'unsupported_media_type',
          'Send a form: curl -F passphrase=... -F file=@support.wasession.',
        );
      }
      const { fields, file } = await readForm(request, readFile);
      const passphrase = passphraseSchema.safeParse(fields.get('passphrase')?.[0]);
      if (!file) throw missing('file');
      if (!passphrase.success) throw missing('passphrase');
      const { id } = request.params;
      const view = await transfers.import(request.workspaceId, id, file, passphrase.data);
      return reply.code(201).send(view);
    },
  });
}

async function readFile({ stream }: FilePart): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_FILE_BYTES) {
      throw new Problem('payload_too_large', 'An exported session has at most 64 MiB.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function missing(name: 'file' | 'passphrase'): Problem {
  const message =
    name === 'file' ? 'is the file that an export answered' : 'must have 12 to 1024 characters';
  return new Problem('invalid_request', `The form needs "${name}".`, [
    { field: `/${name}`, message },
  ]);
}
