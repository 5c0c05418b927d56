import type { FastifyReply, FastifyRequest } from 'fastify';
import { type FilePart, readForm } from '../http/multipart.ts';
import { Problem } from '../kernel/errors.ts';
import { jsonPointer } from '../kernel/json-pointer.ts';
import { bodyFromForm, formFileKind } from '../messages/uploads/form.ts';
import type { BorrowedUpload, Uploads } from '../messages/uploads/uploads.ts';
import type { SessionRecord } from '../sessions/store.ts';

export interface FormHookDeps {
  readonly uploads: Pick<Uploads, 'borrow'>;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
}

/**
 * Turns a form into the JSON body that it stands for, before anything looks at the body. Its file is an
 * upload that lives as long as the request: what is sent has a file of its own by then. `type` is that
 * of the route, null for `send`.
 */
export function formHook({ uploads, session }: FormHookDeps, type: string | null) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (!request.isMultipart()) return;
    const { id } = request.params as { id: string };
    const { key } = session(request.workspaceId, id);
    const { fields, file } = await readForm(request, async (part) => {
      const kind = formFileKind(type, part.name);
      if (kind === null) throw misnamed(part, type);
      const upload = await uploads.borrow(key, { ...part, kind });
      releaseAtEnd(reply, upload);
      return { ...part, mediaId: upload.mediaId };
    });
    request.body = bodyFromForm(type, { fields, file });
  };
}

/** A response is closed at its end and when the client goes away, whichever comes first. */
function releaseAtEnd({ raw, log }: FastifyReply, upload: BorrowedUpload): void {
  const release = () => {
    upload.release().catch((error: unknown) => {
      log.warn({ err: error }, 'the file of a request was not removed');
    });
  };
  if (raw.closed) release();
  else raw.once('close', release);
}

function misnamed({ name }: FilePart, type: string | null): Problem {
  const message =
    type === null
      ? 'Name the part of the file after what it is sent as: image, video, audio, document, sticker'
      : 'Name the part of the file "file"; only media has one';
  return new Problem('unknown_field', `${message}.`, [{ field: jsonPointer([name]), message }]);
}
