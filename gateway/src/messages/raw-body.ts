import { Problem } from '../kernel/errors.ts';
import type { OutgoingBody } from '../whatsapp/content.ts';
import type { RawCodec } from '../whatsapp/port.ts';

const FIELD = '/raw';

/** Throws `raw_not_allowed`, or `invalid_request` that points at what is no part of a message. */
export function rawBody(
  message: Readonly<Record<string, unknown>>,
  codec: RawCodec | null,
): OutgoingBody {
  if (codec === null) {
    throw new Problem(
      'raw_not_allowed',
      'Raw messages are off. The operator of the service allows them with ALLOW_RAW=1.',
    );
  }
  const result = codec.encode(message);
  if (result.kind === 'encoded') {
    return { type: 'raw', encoded: Buffer.from(result.encoded).toString('base64') };
  }
  const field = `${FIELD}${result.field}`;
  throw new Problem('invalid_request', `${field}: ${result.message}.`, [
    { field, message: result.message },
  ]);
}
