import { CLASSIC_NAMES } from './classic.ts';
import type { Illustrated } from './media.ts';
import { hubSignature, signatureHeaders } from './signature.ts';
import type { DueDelivery, Endpoint } from './store.ts';

/** A request to a receiver, ready to go. */
export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** What is delivered: an event under the id that stays the same on every retry. */
export type Deliverable = Pick<DueDelivery, 'id' | 'event'>;

/**
 * Builds attempt number `attempt` (1 is the first) at `nowMs`: the endpoint's own headers first, so that
 * none of them can replace ours.
 */
export function webhookRequest(
  endpoint: Endpoint,
  deliverable: Deliverable,
  content: Illustrated,
  attempt: number,
  nowMs: number,
): WebhookRequest {
  const { id, event } = deliverable;
  const { body, contentType } = encode(envelope(endpoint, event, content.data), content.files, id);
  const timestamp = Math.floor(nowMs / 1000);
  return {
    body,
    headers: {
      ...endpoint.settings.headers,
      ...authorization(endpoint),
      'content-type': contentType,
      'user-agent': 'whatsapp-gateway',
      'x-wasphere-event': eventName(endpoint, event.event),
      'x-wasphere-timestamp': String(timestamp),
      'x-wasphere-delivery-id': id,
      'x-wasphere-attempt': String(attempt),
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      ...signatures(endpoint, { id, timestamp, body }, nowMs),
    },
  };
}

/** The body every receiver gets: fixed fields around `data` as the catalogue describes it. */
function envelope(endpoint: Endpoint, event: Deliverable['event'], data: Illustrated['data']) {
  return {
    id: event.id,
    event: eventName(endpoint, event.event),
    sessionId: event.sessionId === '' ? null : event.sessionId,
    workspaceId: event.workspaceId,
    timestamp: new Date(event.timestampMs).toISOString(),
    data,
  };
}

/** JSON; with files a form of the same fields, `data` as JSON, and a part for each file. */
function encode(
  { data, ...fields }: ReturnType<typeof envelope>,
  files: Illustrated['files'],
  id: string,
): { body: string | Uint8Array; contentType: string } {
  if (files.length === 0) {
    return { body: JSON.stringify({ ...fields, data }), contentType: 'application/json' };
  }
  // Ids are made by chance, so nobody can have put this one into a file.
  const boundary = `delivery-${id}`;
  const part = (disposition: string, type: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\ncontent-type: ${type}\r\n\r\n`;
  const texts = Object.entries(fields).map(
    ([name, value]) => `${part(`name="${name}"`, 'text/plain; charset=utf-8')}${value ?? ''}\r\n`,
  );
  const json = `${part('name="data"', 'application/json')}${JSON.stringify(data)}\r\n`;
  const blobs = files.flatMap(({ part: name, fileName, mimetype, bytes }) => [
    Buffer.from(part(`name="${name}"; filename="${quotable(fileName)}"`, quotable(mimetype))),
    bytes,
    Buffer.from('\r\n'),
  ]);
  return {
    body: Buffer.concat([
      Buffer.from(texts.join('') + json),
      ...blobs,
      Buffer.from(`--${boundary}--\r\n`),
    ]),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

/** As browsers do it: quotes and line ends escaped by per cent signs. */
function quotable(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function eventName(endpoint: Endpoint, name: string): string {
  return endpoint.form === 'classic' ? (CLASSIC_NAMES[name] ?? name) : name;
}

function authorization({ basicAuth, settings }: Endpoint): Record<string, string> {
  if (basicAuth) {
    const credentials = Buffer.from(`${basicAuth.user}:${basicAuth.password}`).toString('base64');
    return { authorization: `Basic ${credentials}` };
  }
  return settings.bearerToken === null ? {} : { authorization: `Bearer ${settings.bearerToken}` };
}

function signatures(
  { secret, settings }: Endpoint,
  signable: Parameters<typeof signatureHeaders>[0],
  nowMs: number,
): Record<string, string> {
  if (secret === null) return {};
  const { previousSecret, hubSignature: hub } = settings;
  const secrets =
    previousSecret && nowMs < previousSecret.untilMs ? [secret, previousSecret.secret] : [secret];
  return {
    ...signatureHeaders(signable, secrets),
    ...(hub ? { 'x-hub-signature-256': hubSignature(signable.body, secret) } : {}),
  };
}
