import { z } from 'zod';
import type { App } from '../../http/app.ts';
import { readForm } from '../../http/multipart.ts';
import { problemSchema } from '../../http/problem.ts';
import { bodyReadByDomain } from '../../http/validation.ts';
import { Problem } from '../../kernel/errors.ts';
import { sessionParams } from '../../sessions/params.ts';
import type { SessionRecord } from '../../sessions/store.ts';
import type { Upload, Uploads } from './uploads.ts';

export interface UploadRouteDeps {
  readonly uploads: Uploads;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
}

const answers = { '4xx': problemSchema, '5xx': problemSchema };

const uploadSchema = z
  .object({
    mediaId: z.string().describe('Use it wherever media is given, as often as you like'),
    mimetype: z.string().describe('Proven by the bytes where they tell'),
    fileName: z.string().nullable(),
    size: z.number().int().describe('Bytes'),
    sha256: z.string().describe('Hex'),
    expiresAt: z.iso.datetime().describe('When it is removed, a day after it came'),
  })
  .meta({
    id: 'Upload',
    examples: [
      {
        mediaId: '01KAQ5V1Z8T0M3K9YB2N6R4C7D',
        mimetype: 'application/pdf',
        fileName: 'offer.pdf',
        size: 48_213,
        sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        expiresAt: '2030-03-05T09:00:00.000Z',
      },
    ],
  });

const kindQuery = z.object({
  type: z
    .enum(['image', 'video', 'audio', 'voice', 'document', 'sticker'])
    .default('document')
    .describe('What it will be sent as: type and size are checked at once instead of at the send'),
});

/** Files of clients, to be sent by their id. */
export function registerUploadRoutes(app: App, { uploads, session }: UploadRouteDeps): void {
  app.route({
    method: 'POST',
    url: '/sessions/:id/media',
    config: {
      scope: 'messages:send',
      multipart: true,
      problems: ['media_too_large', 'media_wrong_type', 'invalid_media', 'uploads_full'],
    },
    validatorCompiler: bodyReadByDomain,
    schema: {
      tags: ['Messages'],
      summary: 'Upload a file',
      description: 'A form with one file. It is kept for a day; send it by its `mediaId`.',
      params: sessionParams,
      querystring: kindQuery,
      consumes: ['multipart/form-data'],
      body: z.object({ file: z.string().meta({ format: 'binary' }) }),
      response: { 201: uploadSchema, ...answers },
    },
    handler: async (request, reply) => {
      if (!request.isMultipart()) {
        throw new Problem('unsupported_media_type', 'Send a form: curl -F file=@photo.jpg.');
      }
      const { key } = session(request.workspaceId, request.params.id);
      const kept: Upload[] = [];
      try {
        const { file } = await readForm(request, async (part) => {
          kept.push(await uploads.keep(key, { ...part, kind: request.query.type }));
          return kept[0];
        });
        if (!file) throw noFile();
        return reply.code(201).send(view(file));
      } catch (error) {
        await Promise.all(kept.map(({ mediaId }) => uploads.remove(key, mediaId)));
        throw error;
      }
    },
  });

  app.route({
    method: 'DELETE',
    url: '/sessions/:id/media/:mediaId',
    config: { scope: 'messages:send', problems: ['upload_not_found'] },
    schema: {
      tags: ['Messages'],
      summary: 'Remove an upload before it expires',
      params: sessionParams.extend({ mediaId: z.string().min(1).max(128) }),
      response: { 200: z.object({ success: z.literal(true) }), ...answers },
    },
    handler: async ({ workspaceId, params }) => {
      await uploads.remove(session(workspaceId, params.id).key, params.mediaId);
      return { success: true as const };
    },
  });
}

function noFile(): Problem {
  const message = 'The form holds no file';
  return new Problem('missing_field', `${message}.`, [{ field: '/file', message }]);
}

const view = ({ mediaId, mimetype, fileName, bytes, sha256, expiresAtMs }: Upload) => ({
  mediaId,
  mimetype,
  fileName,
  size: bytes,
  sha256,
  expiresAt: new Date(expiresAtMs).toISOString(),
});
