import { CLASSIC_NAMES } from './classic.ts';
import { hubSignature, signatureHeaders } from './signature.ts';
import type { DueDelivery, Endpoint } from './store.ts';

/** A request to a receiver, ready to go. */
export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is delivered: an event under the id that stays the same on every retry. */
export type Deliverable = Pick<DueDelivery, 'id' | 'event'>;

/** The body every receiver gets: a fixed envelope, and `data` as the catalogue describes it. */
export function webhookBody(endpoint: Endpoint, { event }: Deliverable): string {
  return JSON.stringify({
    id: event.id,
    event: eventName(endpoint, event.event),
    sessionId: event.sessionId === '' ? null : event.sessionId,
    workspaceId: event.workspaceId,
    timestamp: new Date(event.timestampMs).toISOString(),
    data: event.data,
  });
}

/**
 * Builds attempt number `attempt` (1 is the first) at `nowMs`: the endpoint's own headers first, so that
 * none of them can replace ours.
 */
export function webhookRequest(
  endpoint: Endpoint,
  deliverable: Deliverable,
  attempt: number,
  nowMs: number,
): WebhookRequest {
  const body = webhookBody(endpoint, deliverable);
  const timestamp = Math.floor(nowMs / 1000);
  const { id } = deliverable;
  return {
    body,
    headers: {
      ...endpoint.settings.headers,
      ...authorization(endpoint),
      'content-type': 'application/json',
      'user-agent': 'whatsapp-gateway',
      'x-wasphere-event': eventName(endpoint, deliverable.event.event),
      'x-wasphere-timestamp': String(timestamp),
      'x-wasphere-delivery-id': id,
      'x-wasphere-attempt': String(attempt),
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      ...signatures(endpoint, { id, timestamp, body }, nowMs),
    },
  };
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
  signable: { readonly id: string; readonly timestamp: number; readonly body: string },
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
