import type { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../kernel/errors.ts';
import { jsonPointer } from '../kernel/json-pointer.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route reads forms with files (see `readForm`); elsewhere they are refused. */
    multipart?: true;
  }
}

/** A file in a form, still arriving: it must be read to its end. */
export interface FilePart {
  /** Of the part. */
  readonly name: string;
  /** As the client calls it; not safe as a path. */
  readonly fileName: string | null;
  /** As the client states it; null when that says nothing. */
  readonly mimetype: string | null;
  readonly stream: Readable;
}

export interface Form<File> {
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** What was made of the file; null when there was none. */
  readonly file: File | null;
}

/** The largest body of JSON that a field may hold; files are bounded by whoever takes them. */
const LIMITS = {
  fields: 100,
  fieldNameSize: 128,
  fieldSize: 1024 * 1024,
  files: 2,
  fileSize: Number.MAX_SAFE_INTEGER,
};

/** Lets routes that ask for it take `multipart/form-data`. */
export async function installMultipart(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', async (request) => {
    const isForm = /^\s*multipart\//i.test(request.headers['content-type'] ?? '');
    if (!isForm || request.is404 || request.routeOptions.config.multipart) return;
    throw new Problem(
      'unsupported_media_type',
      'This route takes JSON: send it with "Content-Type: application/json".',
    );
  });
  await app.register(multipart, { limits: LIMITS });
}

/**
 * Reads a form with at most one file, which `take` reads while it arrives. Throws what `take` throws, and
 * `invalid_request` or `invalid_media` for what is no such form; the rest of the form is then let pass by,
 * so that a client which is still sending hears of it.
 */
export async function readForm<File>(
  request: FastifyRequest,
  take: (part: FilePart) => Promise<File>,
): Promise<Form<File>> {
  const fields = new Map<string, string[]>();
  let file: { readonly made: File } | null = null;
  try {
    for await (const part of readable(request)) {
      if (part.type === 'field') {
        const value = typeof part.value === 'string' ? part.value : JSON.stringify(part.value);
        if (part.valueTruncated) throw tooLong(part.fieldname);
        fields.set(part.fieldname, [...(fields.get(part.fieldname) ?? []), value]);
        continue;
      }
      if (file !== null) throw secondFile(part.fieldname);
      const { filename, mimetype } = part;
      file = {
        made: await take({
          name: part.fieldname,
          fileName: filename ? filename.slice(0, 255) : null,
          mimetype: mimetype === 'application/octet-stream' ? null : mimetype || null,
          stream: part.file,
        }),
      };
    }
  } catch (error) {
    request.raw.unpipe();
    request.raw.resume();
    throw error;
  }
  return { fields, file: file?.made ?? null };
}

/** The parts of a form; what the parser cannot read is the client's mistake. */
async function* readable(request: FastifyRequest) {
  const parts = request.parts();
  for (;;) {
    const next = await parts.next().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : 'it is not valid';
      throw new Problem('invalid_request', `The form cannot be read: ${why}.`);
    });
    if (next.done) return;
    yield next.value;
  }
}

const tooLong = (part: string): Problem =>
  new Problem('text_too_long', 'A field of the form is larger than 1 MiB.', [
    { field: jsonPointer([part]), message: 'Is larger than 1 MiB' },
  ]);

function secondFile(part: string): Problem {
  const message = 'A form holds one file: upload others before, and name them by `mediaId`';
  return new Problem('invalid_media', `${message}.`, [{ field: jsonPointer([part]), message }]);
}
