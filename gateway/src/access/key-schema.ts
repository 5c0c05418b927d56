import { z } from 'zod';
import { parseNetwork } from '../net/address.ts';
import { canonicalChat } from './judge.ts';
import type { KeySettings } from './keys.ts';
import { isGrant, SCOPES } from './scope.ts';
import type { KeyRecord } from './store.ts';

const MAX_LISTED = 200;
const MAX_NAME_LENGTH = 100;
const SESSION_ID = /^[A-Za-z0-9_-]{1,64}$/;

const name = z.string().trim().min(1).max(MAX_NAME_LENGTH).describe('For people, such as "n8n"');

const scope = z
  .string()
  .max(64)
  .refine(isGrant, {
    error: `Must be "*", "<resource>:*" or one of ${Object.keys(SCOPES).join(', ')}`,
  });

const scopes = z
  .array(scope)
  .min(1)
  .max(MAX_LISTED)
  .describe(
    `What the key may do: "*", "<resource>:*", or any of ${Object.keys(SCOPES).join(', ')}.`,
  );

const sessions = z
  .array(z.string().regex(SESSION_ID, 'Must be a session id'))
  .min(1)
  .max(MAX_LISTED)
  .nullable()
  .describe('Ids of the only sessions it may use; null for all');

const chat = z
  .string()
  .max(64)
  .transform((text, context) => {
    const chat = canonicalChat(text);
    if (chat !== null) return chat;
    context.addIssue({
      code: 'custom',
      message: 'Must be a phone number with country code, or an address of WhatsApp',
      params: { code: 'invalid_recipient' },
    });
    return z.NEVER;
  });

const chats = z
  .array(chat)
  .min(1)
  .max(MAX_LISTED)
  .nullable()
  .describe(
    'The only chats it may write to and read, as in `to`: messages of others do not exist for it; null for all',
  );

const networks = z
  .array(
    z
      .string()
      .max(64)
      .refine((text) => parseNetwork(text) !== null, { error: 'Must be 10.0.0.0/8 or 10.0.0.1' }),
  )
  .min(1)
  .max(MAX_LISTED)
  .nullable()
  .describe('The only networks it may be used from; null for all');

const expiresAt = z.iso
  .datetime({ offset: true })
  .nullable()
  .describe('When it stops working; null for never');

/** The body that makes a key. */
export const newKeyBody = z
  .strictObject({
    name,
    scopes,
    sessions: sessions.default(null),
    chats: chats.default(null),
    networks: networks.default(null),
    expiresAt: expiresAt.default(null),
  })
  .meta({
    id: 'NewKey',
    examples: [{ name: 'n8n', scopes: ['messages:send', 'sessions:read'], sessions: ['support'] }],
  });

/** The body that changes a key: what is left out stays. */
export const keyChangeBody = z
  .strictObject({ name, scopes, sessions, chats, networks, expiresAt })
  .partial()
  .meta({ id: 'KeyChange', examples: [{ name: 'n8n, second floor' }] });

const EXAMPLE = {
  id: '01KAQ5V1Z8T0M3K9YB2N6R4C7D',
  name: 'n8n',
  prefix: 'wsk_live_4fTq9ZbK',
  scopes: ['messages:send', 'sessions:read'],
  sessions: ['support'],
  chats: null,
  networks: null,
  createdAt: '2030-03-04T09:00:00.000Z',
  expiresAt: null,
  lastUsedAt: '2030-03-04T10:00:00.000Z',
  previousUntil: null,
};

/** A key as the API shows it: without the key. */
export const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().describe('How the key begins'),
    scopes: z.array(z.string()),
    sessions: z.array(z.string()).nullable(),
    chats: z.array(z.string()).nullable(),
    networks: z.array(z.string()).nullable(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable().describe('To about a minute'),
    previousUntil: z.iso
      .datetime()
      .nullable()
      .describe('Until when the text before the last rotation works as well'),
  })
  .meta({ id: 'Key', examples: [EXAMPLE] });

/** The one answer that shows the key itself. */
export const shownKeySchema = keySchema
  .extend({ key: z.string().describe('Shown this once; keep it now') })
  .meta({
    id: 'ShownKey',
    examples: [{ ...EXAMPLE, lastUsedAt: null, key: `${EXAMPLE.prefix}${'x'.repeat(35)}` }],
  });

export type KeyView = z.infer<typeof keySchema>;

/** What a new key is to be, from its body. */
export function settingsOf(body: z.output<typeof newKeyBody>): KeySettings {
  const { name, scopes, sessions, chats, networks, expiresAt } = body;
  return { name, scopes, bindings: { sessions, chats, networks }, expiresAtMs: toMs(expiresAt) };
}

/** What is to change of a key, from the body; bindings are one value, so the present ones fill the gaps. */
export function changeOf(
  body: z.output<typeof keyChangeBody>,
  { bindings }: KeyRecord,
): Partial<KeySettings> {
  const { sessions, chats, networks, expiresAt, ...rest } = body;
  return {
    ...(rest.name === undefined ? {} : { name: rest.name }),
    ...(rest.scopes === undefined ? {} : { scopes: rest.scopes }),
    ...(expiresAt === undefined ? {} : { expiresAtMs: toMs(expiresAt) }),
    bindings: {
      sessions: sessions === undefined ? bindings.sessions : sessions,
      chats: chats === undefined ? bindings.chats : chats,
      networks: networks === undefined ? bindings.networks : networks,
    },
  };
}

/** Shows a key. A former text whose grace is over is not mentioned. */
export function presentKey(key: KeyRecord, nowMs: number): KeyView {
  const { sessions, chats, networks } = key.bindings;
  const untilMs = key.previous?.untilMs ?? 0;
  return {
    id: key.id,
    name: key.name,
    prefix: `wsk_live_${key.secret.prefix}`,
    scopes: [...key.scopes],
    sessions: sessions && [...sessions],
    chats: chats && [...chats],
    networks: networks && [...networks],
    createdAt: toIso(key.createdAtMs),
    expiresAt: key.expiresAtMs === null ? null : toIso(key.expiresAtMs),
    lastUsedAt: key.lastUsedAtMs === null ? null : toIso(key.lastUsedAtMs),
    previousUntil: untilMs > nowMs ? toIso(untilMs) : null,
  };
}

const toMs = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso));
const toIso = (ms: number): string => new Date(ms).toISOString();
