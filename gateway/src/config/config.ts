import { resolve } from 'node:path';
import { z } from 'zod';

/** WhatsApp's own server; any other URL is a simulator and may come with a root key of its own. */
const WHATSAPP_SERVER = 'wss://web.whatsapp.com/ws/chat';

/** Names the version that WhatsApp's own web client has. */
const PUBLISHED_VERSION_URL = 'https://web.whatsapp.com/sw.js';

const empty = z.literal('').transform(() => null);
const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL, or empty' })
  .or(empty);
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );
const hexKey = z
  .string()
  .regex(/^([0-9a-fA-F]{64})?$/, 'must be 64 hex digits')
  .default('')
  .transform((text) => (text ? Uint8Array.from(Buffer.from(text, 'hex')) : null));
/** A number in a range, which its error names. */
const between = (min: number, max: number) => {
  const error = `must be a number from ${min} to ${max}`;
  return z.coerce.number({ error }).min(min, { error }).max(max, { error });
};
const days = between(0.01, 3650);
const flag = z
  .enum(['', '0', '1'])
  .default('')
  .transform((text) => text === '1');

/** Every environment variable the service reads. Names and defaults are a contract. */
const environment = {
  PORT: between(0, 65_535)
    .int('must be a whole number')
    .default(3000)
    .describe('TCP port to listen on'),
  HOST: z.string().min(1).default('0.0.0.0').describe('address to listen on'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('./data/sessions')
    .describe('everything the service keeps lies here; back it up whole'),
  WEBHOOK_URL: webUrl.default(null).describe('receives each message that others send to a number'),
  WEBHOOK_STATUS_URL: webUrl
    .default(null)
    .describe('receives connection events: open, close, qr, logout'),
  WEBHOOK_USER: z.string().default('').describe('Basic Auth user for both webhook URLs'),
  WEBHOOK_PASSWORD: z.string().default('').describe('Basic Auth password for both webhook URLs'),
  API_KEY: z
    .string()
    .default('')
    .describe("the operator's key; without it one is made and kept in `DATA_DIR/operator.key`"),
  AUTH: z
    .enum(['auto', 'strict', 'off'])
    .default('auto')
    .describe(
      '`auto` asks programs on this very machine for no key while no `API_KEY` is set and `NODE_ENV` is not production; `strict` asks everybody; `off` asks nobody',
    ),
  AUTH_OFF_I_UNDERSTAND: flag.describe('`1` allows `AUTH=off` where others can reach the service'),
  REQUESTS_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(0)
    .default(12_000)
    .describe('requests that one key may make; 0 for no limit'),
  TRUSTED_PROXIES: list.describe(
    'addresses and networks of reverse proxies whose `X-Forwarded-*` headers are believed, comma-separated',
  ),
  PUBLIC_URL: webUrl
    .transform((url) => url?.replace(/\/+$/, '') ?? null)
    .default(null)
    .describe(
      'where others reach this service, for links in webhooks; empty: `http://localhost:PORT`',
    ),
  OUTBOUND_ALLOW: list.describe(
    'hosts and networks inside your own network that media URLs, webhooks and proxies may reach, comma-separated',
  ),
  DATA_KEY: hexKey.describe(
    '64 hex digits; credentials, messages and secrets are encrypted on disk with it (to be set before the first start)',
  ),
  EVENT_RETENTION_DAYS: days.default(14).describe('how long events and their deliveries are kept'),
  MESSAGE_RETENTION_DAYS: days.default(30).describe('how long messages are kept'),
  HISTORY_SYNC: z
    .string()
    .regex(/^(off|names|[1-9]\d{0,3})$/, 'must be off, names or a number of days from 1 to 9999')
    .default('names')
    .describe(
      'what is taken over of the history when a number is linked: `off`, `names` (people, groups and chats) or messages of so many days as well (docs/contacts.md)',
    ),
  AUDIT_RETENTION_DAYS: days.default(90).describe('how long the audit log is kept'),
  PACING: z
    .enum(['off', 'gentle', 'strict'])
    .default('gentle')
    .describe('how sends are paced unless a session has a policy of its own (docs/pacing.md)'),
  ALLOW_RAW: flag.describe(
    '`1` lets clients send messages as raw protobufs (docs/messages.md), which nothing checks the sense of',
  ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('how much is logged'),
  NODE_ENV: z
    .string()
    .default('development')
    .describe('`production` turns pretty logs off and asks everybody for a key'),
  WHATSAPP_URL: z
    .url({ protocol: /^wss?$/, error: 'must be a ws or wss URL' })
    .default(WHATSAPP_SERVER)
    .describe('WebSocket URL of the WhatsApp server, or of a simulator'),
  WHATSAPP_ROOT_KEY: hexKey.describe(
    "root public key of a simulator's certificate chain; only with another `WHATSAPP_URL`",
  ),
  WHATSAPP_VERSION: z
    .string()
    .regex(/^(\d{1,9}\.\d{1,9}\.\d{1,12})?$/, 'must be a version such as 2.3000.1043857760')
    .default('')
    .describe(
      'version of WhatsApp Web to present; empty: the newest that is known, which is kept up to date',
    ),
  WHATSAPP_VERSION_URL: webUrl
    .default(null)
    .describe(
      "where the current version is read, once a day and when one is refused; empty: WhatsApp's own page, or nowhere with a simulator",
    ),
} as const;

type Values = z.output<z.ZodObject<typeof environment>>;

/** The environment, read and typed. */
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly webhooks: {
    readonly messagesUrl: string | null;
    readonly statusUrl: string | null;
    readonly user: string;
    readonly password: string;
  };
  readonly access: {
    /** Empty when the service is to make one. */
    readonly apiKey: string;
    readonly auth: 'auto' | 'strict' | 'off';
    readonly offUnderstood: boolean;
    readonly requestsPerMinute: number;
  };
  /** Without a slash at the end. */
  readonly publicUrl: string | null;
  readonly trustedProxies: readonly string[];
  readonly outboundAllow: readonly string[];
  readonly dataKey: Uint8Array | null;
  readonly retentionDays: {
    readonly events: number;
    readonly messages: number;
    readonly audit: number;
  };
  /** What is taken over of a phone's history when it is linked. */
  readonly history: 'off' | 'names' | { readonly days: number };
  readonly pacing: 'off' | 'gentle' | 'strict';
  readonly allowRaw: boolean;
  readonly logLevel: string;
  readonly production: boolean;
  readonly whatsapp: {
    readonly url: string;
    /** Null for the real server, whose root key is built in. */
    readonly rootKey: Uint8Array | null;
    readonly simulated: boolean;
    /** The pinned version of WhatsApp Web; empty for none. */
    readonly version: string;
    /** Where the current version is read; null: nowhere. */
    readonly versionUrl: string | null;
  };
}

/** The settings, or a sentence for the operator on each variable that is wrong. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Reads the environment. Each error names the variable and what it must be; values are not repeated. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ConfigResult {
  const parsed = z.object(environment).safeParse(withoutEmpty(env));
  if (!parsed.success) {
    return {
      ok: false,
      errors: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    };
  }
  const values = parsed.data;
  const simulated = values.WHATSAPP_URL !== WHATSAPP_SERVER;
  if (values.WHATSAPP_ROOT_KEY && !simulated) {
    return {
      ok: false,
      errors: ['WHATSAPP_ROOT_KEY: only allowed together with a WHATSAPP_URL of a simulator'],
    };
  }
  return { ok: true, config: toConfig(values, simulated) };
}

/** An empty variable, as compose files pass it on, is one that is not set. */
function withoutEmpty(env: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function toConfig(values: Values, simulated: boolean): Config {
  return {
    port: values.PORT,
    host: values.HOST,
    dataDir: resolve(values.DATA_DIR),
    webhooks: {
      messagesUrl: values.WEBHOOK_URL,
      statusUrl: values.WEBHOOK_STATUS_URL,
      user: values.WEBHOOK_USER,
      password: values.WEBHOOK_PASSWORD,
    },
    access: {
      apiKey: values.API_KEY,
      auth: values.AUTH,
      offUnderstood: values.AUTH_OFF_I_UNDERSTAND,
      requestsPerMinute: values.REQUESTS_PER_MINUTE,
    },
    publicUrl: values.PUBLIC_URL,
    trustedProxies: values.TRUSTED_PROXIES,
    outboundAllow: values.OUTBOUND_ALLOW,
    dataKey: values.DATA_KEY,
    retentionDays: {
      events: values.EVENT_RETENTION_DAYS,
      messages: values.MESSAGE_RETENTION_DAYS,
      audit: values.AUDIT_RETENTION_DAYS,
    },
    history: historyOf(values.HISTORY_SYNC),
    pacing: values.PACING,
    allowRaw: values.ALLOW_RAW,
    logLevel: values.LOG_LEVEL,
    production: values.NODE_ENV === 'production',
    whatsapp: {
      url: values.WHATSAPP_URL,
      rootKey: values.WHATSAPP_ROOT_KEY,
      simulated,
      version: values.WHATSAPP_VERSION,
      versionUrl: values.WHATSAPP_VERSION_URL ?? (simulated ? null : PUBLISHED_VERSION_URL),
    },
  };
}

const historyOf = (text: string): Config['history'] =>
  text === 'off' || text === 'names' ? text : { days: Number(text) };

const SECRETS = new Set(['WEBHOOK_PASSWORD', 'API_KEY', 'DATA_KEY']);

/** What `--print-config` shows: each variable, its value in force (secrets hidden) and what it is for. */
export function describeConfig(env: Readonly<Record<string, string | undefined>>): string {
  const width = Math.max(...Object.keys(environment).map((name) => name.length));
  return Object.entries(environment)
    .map(([name, schema]) => {
      const parsed = schema.safeParse(env[name] || undefined);
      const text = env[name] ?? (parsed.success ? plain(parsed.data) : '');
      const shown = SECRETS.has(name) && text ? '[hidden]' : text;
      const note = parsed.success ? '' : '   (not valid)';
      return `${name.padEnd(width)} = ${shown}${note}\n${' '.repeat(width)}   ${schema.description ?? ''}`;
    })
    .join('\n');
}

/** A default as it would be written in the environment. */
function plain(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return Array.isArray(value) ? value.join(',') : '';
}

/** The environment as a table for the docs: name, default, meaning. */
export function configTable(): readonly { name: string; fallback: string; meaning: string }[] {
  return Object.entries(environment).map(([name, schema]) => ({
    name,
    fallback: plain(schema.safeParse(undefined).data),
    meaning: schema.description ?? '',
  }));
}
