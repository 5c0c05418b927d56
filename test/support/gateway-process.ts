import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PATIENCE_MS } from './patience.ts';

const MAIN = fileURLToPath(new URL('../../gateway/dist/main.js', import.meta.url));
/** Production asks everybody for a key. */
export const OPERATOR_KEY = 'operator-key-of-the-tests';

/** What the process needs to use a simulator instead of WhatsApp. */
export interface SimulatorAddress {
  readonly url: string;
  readonly rootKeyHex: string;
  readonly mediaCaPem: string;
}

/** The shipped service as a process of its own, with a data folder that outlives a restart. */
export class GatewayProcess {
  readonly folder: string;
  readonly dataDir: string;
  #env: Record<string, string>;
  #child: ChildProcess | null = null;
  #output = '';
  url = '';

  private constructor(folder: string, env: Record<string, string>) {
    this.folder = folder;
    this.dataDir = join(folder, 'data');
    this.#env = env;
  }

  /** Prepares a folder and the environment; `start` runs the process. */
  static async prepare(
    simulator: SimulatorAddress,
    env: Record<string, string> = {},
  ): Promise<GatewayProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
    const ca = join(folder, 'media-ca.pem');
    await writeFile(ca, simulator.mediaCaPem);
    return new GatewayProcess(folder, {
      WHATSAPP_URL: simulator.url,
      WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
      NODE_EXTRA_CA_CERTS: ca,
      HOST: '127.0.0.1',
      NODE_ENV: 'production',
      LOG_LEVEL: 'debug',
      API_KEY: OPERATOR_KEY,
      REQUESTS_PER_MINUTE: '0',
      // Tests are about other things than the pace, and would wait for it.
      PACING: 'off',
      ...env,
    });
  }

  /** All that the process wrote, over all of its lives. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    if (!this.#child?.pid) throw new Error('the gateway is not running');
    return this.#child.pid;
  }

  setEnv(env: Record<string, string>): void {
    this.#env = { ...this.#env, ...env };
  }

  /** Resolves when `/health` answers; rejects, with the output, when the process ends instead. */
  async start(): Promise<void> {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [MAIN], {
      env: { PATH, HOME, DATA_DIR: this.dataDir, ...this.#env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
    const ended = new Promise<never>((_resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`gateway ended (${code}):\n${this.#output}`)));
    });
    await Promise.race([this.#healthy(), ended]);
    ended.catch(() => {});
  }

  /** Sends a signal and waits for the end; resolves with the exit code, null when it was killed. */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    const child = this.#child;
    if (!child) return null;
    this.#child = null;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return ended;
  }

  /** Ends the process and removes its folder. */
  async dispose(): Promise<void> {
    await this.end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Calls the API; bodies are JSON. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${OPERATOR_KEY}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text ? JSON.parse(text) : {},
    };
  }

  /** Asks for the status until it fits: other processes give no event to wait for. */
  async waitForStatus(id: string, status: string, timeoutMs = PATIENCE_MS): Promise<void> {
    const endMs = Date.now() + timeoutMs;
    let seen: unknown;
    while (Date.now() < endMs) {
      seen = (await this.call('GET', `/sessions/${id}/status`)).body;
      if ((seen as { status?: string }).status === status) return;
      await pause(50);
    }
    throw new Error(`session ${id} never became ${status}: ${JSON.stringify(seen)}`);
  }

  async #healthy(): Promise<void> {
    const endMs = Date.now() + PATIENCE_MS;
    while (Date.now() < endMs) {
      const answer = await fetch(`${this.url}/health`).catch(() => null);
      if (answer?.ok) return;
      await pause(50);
    }
    throw new Error(`gateway not healthy in ${PATIENCE_MS} ms:\n${this.#output}`);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
