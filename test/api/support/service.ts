import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose, type Service } from '../../../gateway/src/compose.ts';
import { readConfig } from '../../../gateway/src/config/config.ts';
import { silentLogger } from '../../../gateway/src/kernel/logger.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import type { Specification } from './specification.ts';

export const OPERATOR_KEY = 'operator-key-of-the-api-tests';

/** Nothing listens there, so that no test reaches WhatsApp by accident. */
const NOWHERE = 'ws://127.0.0.1:9/ws/chat';

/** The whole service in this process, on a port and a folder of its own. */
export interface TestService {
  readonly url: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  specification(): Promise<Specification>;
  stop(): Promise<void>;
}

export interface CallOptions {
  /** A key, null for none; the operator's unless told otherwise. */
  readonly as?: string | null;
  /** JSON unless it is a string, which is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests know what they asked for.
  readonly json: ReturnType<typeof JSON.parse>;
}

export async function startService(env: Record<string, string> = {}): Promise<TestService> {
  const folder = await mkdtemp(join(tmpdir(), 'api-'));
  const result = readConfig({
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: folder,
    API_KEY: OPERATOR_KEY,
    REQUESTS_PER_MINUTE: '0',
    WHATSAPP_URL: NOWHERE,
    TRUSTED_PROXIES: '127.0.0.1',
    ...env,
  });
  if (!result.ok) throw new Error(result.errors.join('; '));
  const service: Service = await compose(result.config, silentLogger);
  const url = (await service.listen()).replace('localhost', '127.0.0.1');

  let calls = 0;

  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const key = options.as === undefined ? OPERATOR_KEY : options.as;
    const { body } = options;
    calls++;
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: {
        // Each caller from a place of its own, or the limits for callers without a key would end the test.
        'x-forwarded-for': `10.${(calls >> 16) & 255}.${(calls >> 8) & 255}.${calls & 255}`,
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const type = response.headers.get('content-type') ?? '';
    if (type.startsWith('text/event-stream')) {
      await response.body?.cancel();
      return { status: response.status, headers: response.headers, text: '', json: null };
    }
    const text = await response.text();
    const json = type.includes('json') && text !== '' ? JSON.parse(text) : null;
    return { status: response.status, headers: response.headers, text, json };
  }

  return {
    url,
    call,
    specification: async () => (await call('GET', '/docs/openapi.json')).json,
    async stop() {
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
