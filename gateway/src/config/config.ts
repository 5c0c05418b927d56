import { resolve } from 'node:path';
import { z } from 'zod';

/** WhatsApp's own server; any other URL is a simulator and may come with a root key of its own. */
const WHATSAPP_SERVER = 'wss://web.whatsapp.com/ws/chat';

const empty = z.literal('').transform(() => null);
const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL, or empty' })
  .or(empty);

/** Every environment variable the service reads. Names and defaults are a contract. */
const environment = {
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000).describe('TCP port to listen on'),
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
  OUTBOUND_ALLOW: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    )
    .describe(
      'hosts and networks inside your own network that media URLs and webhooks may reach, comma-separated',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('how much is logged'),
  NODE_ENV: z.string().default('development').describe('"production" turns pretty logs off'),
  WHATSAPP_URL: z
    .url({ protocol: /^wss?$/, error: 'must be a ws or wss URL' })
    .default(WHATSAPP_SERVER)
    .describe('WebSocket URL of the WhatsApp server, or of a simulator'),
  WHATSAPP_ROOT_KEY: z
    .string()
    .regex(/^([0-9a-fA-F]{64})?$/, 'must be 64 hex digits')
    .default('')
    .describe("root public key of a simulator's certificate chain; only with another WHATSAPP_URL"),
} as const;

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
  readonly outboundAllow: readonly string[];
  readonly logLevel: string;
  readonly production: boolean;
  readonly whatsapp: {
    readonly url: string;
    /** Null for the real server, whose root key is built in. */
    readonly rootKey: Uint8Array | null;
    readonly simulated: boolean;
  };
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Reads the environment. Each error names the variable and what it must be; values are not repeated. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ConfigResult {
  const parsed = z.object(environment).safeParse(env);
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

function toConfig(values: z.output<z.ZodObject<typeof environment>>, simulated: boolean): Config {
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
    outboundAllow: values.OUTBOUND_ALLOW,
    logLevel: values.LOG_LEVEL,
    production: values.NODE_ENV === 'production',
    whatsapp: {
      url: values.WHATSAPP_URL,
      rootKey: values.WHATSAPP_ROOT_KEY ? Buffer.from(values.WHATSAPP_ROOT_KEY, 'hex') : null,
      simulated,
    },
  };
}

const SECRETS = new Set(['WEBHOOK_PASSWORD']);

/** What `--print-config` shows: each variable, its value in force (secrets hidden) and what it is for. */
export function describeConfig(env: Readonly<Record<string, string | undefined>>): string {
  const width = Math.max(...Object.keys(environment).map((name) => name.length));
  return Object.entries(environment)
    .map(([name, schema]) => {
      const parsed = schema.safeParse(env[name]);
      const shown = parsed.success ? String(parsed.data ?? '') : `(not valid) ${env[name]}`;
      const value = SECRETS.has(name) && shown ? '[hidden]' : shown;
      return `${name.padEnd(width)} = ${value}\n${' '.repeat(width)}   ${schema.description ?? ''}`;
    })
    .join('\n');
}

/** The environment as a table for the docs: name, default, meaning. */
export function configTable(): readonly { name: string; fallback: string; meaning: string }[] {
  return Object.entries(environment).map(([name, schema]) => ({
    name,
    fallback: String(schema.safeParse(undefined).data ?? ''),
    meaning: schema.description ?? '',
  }));
}
