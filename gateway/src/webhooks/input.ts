import { z } from 'zod';
import { namesSomething } from '../events/catalogue/catalogue.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { isSecret } from './signature.ts';

const DAY_MS = 24 * 60 * 60_000;
const MAX_INLINE_BYTES = 10 * 1024 * 1024;

/** Headers that we set ourselves, or that belong to the connection. */
const TAKEN =
  /^(host|connection|content-.*|transfer-encoding|upgrade|expect|te|trailer|keep-alive|proxy-.*|authorization|webhook-.*|x-wasphere-.*|x-hub-signature.*)$/i;

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'is not a header name')
  .refine((name) => !TAKEN.test(name), 'is set by the service itself');

const headerValue = z.string().regex(/^[\t\x20-\x7e]{0,2000}$/, 'must be printable ASCII');

const eventPattern = z
  .string()
  .max(64, { abort: true })
  .refine(namesSomething, {
    error: ({ input }) => `"${String(input)}" is no event of the catalogue (GET /events/catalogue)`,
  });

const auth = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('basic'),
      user: z
        .string()
        .max(200)
        .regex(/^[^:]*$/, 'must not hold a colon'),
      password: z.string().max(500),
    }),
    z.strictObject({ type: z.literal('bearer'), token: headerValue.min(1) }),
  ])
  .nullable();

export const secretInput = z
  .string()
  .refine(isSecret, 'must be "whsec_" and the base64 of 24 to 64 bytes');

const fields = {
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2048),
  name: z.string().min(1).max(100).nullable().describe('For people'),
  events: z
    .array(eventPattern)
    .min(1)
    .max(100)
    .describe(
      'Names from the catalogue; `message.*` and `*` stand for many. `*` is every event but `presence.*`, which has to be named',
    ),
  sessions: z.array(z.string().max(64)).min(1).max(1000).nullable().describe('Null: all sessions'),
  ignoreChats: z
    .array(z.enum(['direct', 'group', 'status', 'broadcast', 'newsletter']))
    .max(5)
    .describe('Kinds of chats whose events are not wanted'),
  headers: z
    .record(headerName, headerValue)
    .refine((headers) => Object.keys(headers).length <= 20, 'holds more than 20 headers')
    .describe('Sent with each delivery'),
  auth: auth.describe('Sent as `Authorization`'),
  hubSignature: z.boolean().describe('Also send `X-Hub-Signature-256`, over the body alone'),
  ordering: z
    .enum(['chat', 'none'])
    .describe('`chat`: in order within a chat; `none`: each as soon as it can'),
  timeoutMs: z.int().min(1_000).max(30_000),
  retryDelaysMs: z
    .array(z.int().min(1_000).max(DAY_MS))
    .max(20)
    .nullable()
    .describe('Waits between attempts; null for the usual schedule of about three days'),
  ratePerSecond: z.number().min(0.01).max(1_000).nullable(),
  concurrency: z.int().min(1).max(128),
  media: z.strictObject({
    mode: z.enum(['link', 'multipart', 'inline', 'none']),
    maxInlineBytes: z.int().min(0).max(MAX_INLINE_BYTES),
  }),
  join: z
    .strictObject({
      quietMs: z.int().min(500).max(60_000),
      maxMs: z.int().min(500).max(300_000),
    })
    .refine(({ quietMs, maxMs }) => quietMs <= maxMs, 'quietMs must not exceed maxMs')
    .nullable()
    .describe('Join the messages of a chat that come shortly after each other into one event'),
  active: z.boolean(),
};

/** A new endpoint, defaults filled in. */
export const endpointInput = z.strictObject({
  ...fields,
  name: fields.name.default(null),
  events: fields.events.default(['*']),
  sessions: fields.sessions.default(null),
  ignoreChats: fields.ignoreChats.default([]),
  headers: fields.headers.default({}),
  auth: fields.auth.default(null),
  secret: secretInput.optional().describe('Made for you when absent'),
  hubSignature: fields.hubSignature.default(DEFAULT_SETTINGS.hubSignature),
  ordering: fields.ordering.default(DEFAULT_SETTINGS.ordering),
  timeoutMs: fields.timeoutMs.default(DEFAULT_SETTINGS.timeoutMs),
  retryDelaysMs: fields.retryDelaysMs.default(null),
  ratePerSecond: fields.ratePerSecond.default(DEFAULT_SETTINGS.ratePerSecond),
  concurrency: fields.concurrency.default(DEFAULT_SETTINGS.concurrency),
  media: fields.media.default({ ...DEFAULT_SETTINGS.media }),
  join: fields.join.default(DEFAULT_SETTINGS.join),
  active: fields.active.default(true),
});

export type EndpointInput = z.output<typeof endpointInput>;

/** A change of an endpoint: what is absent stays as it is. */
export const endpointChange = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'names nothing to change');

export type EndpointChange = z.output<typeof endpointChange>;
