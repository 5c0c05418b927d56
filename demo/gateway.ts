import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Simulator } from '@whatsapp-gateway/simulator';

const MAIN = fileURLToPath(new URL('../gateway/dist/main.js', import.meta.url));
const START_LIMIT_MS = 30_000;

export interface DemoGateway {
  readonly url: string;
  call(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>>;
  /** Resolves when the process ended and its folder is gone. */
  stop(): Promise<void>;
}

/** Settings of the reader's own service that must not reach the demo's. */
const NOT_THE_READERS = {
  API_KEY: '',
  AUTH: 'auto',
  NODE_ENV: 'development',
  DATA_KEY: '',
  PACING: 'gentle',
  WEBHOOK_STATUS_URL: '',
  WEBHOOK_USER: '',
  WEBHOOK_PASSWORD: '',
};

/** Runs the service, as shipped, against the simulator; its data lies in a folder that ends with it. */
export async function startGateway(
  simulator: Simulator,
  options: { readonly port: number; readonly webhookUrl: string },
): Promise<DemoGateway> {
  const url = `http://localhost:${options.port}`;
  await refuseWhenTaken(url, options.port);
  const folder = await mkdtemp(join(tmpdir(), 'whatsapp-demo-'));
  const authority = join(folder, 'media-ca.pem');
  await writeFile(authority, simulator.mediaCaPem);
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      ...NOT_THE_READERS,
      PORT: String(options.port),
      HOST: '127.0.0.1',
      DATA_DIR: join(folder, 'data'),
      LOG_LEVEL: 'warn',
      WEBHOOK_URL: options.webhookUrl,
      WHATSAPP_URL: simulator.url,
      WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
      NODE_EXTRA_CA_CERTS: authority,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await healthy(url, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop, call: (method, path, body) => call(`${url}${path}`, method, body) };
}

async function call(url: string, method: string, body: unknown) {
  const response = await fetch(url, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${method} ${url}: ${String(answer['detail'])}`);
  return answer;
}

/** Whatever answers there already is not ours: the demo must not pair numbers on it. */
async function refuseWhenTaken(url: string, port: number): Promise<void> {
  const isTaken = await fetch(`${url}/health`).then(
    () => true,
    () => false,
  );
  if (isTaken) throw new Error(`port ${port} is in use; choose another with --port`);
}

async function healthy(url: string, child: ChildProcess): Promise<void> {
  const endMs = Date.now() + START_LIMIT_MS;
  while (Date.now() < endMs && child.exitCode === null) {
    const answer = await fetch(`${url}/health`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the gateway did not start; is the port free? Choose another with --port');
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
