import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../../simulator/dist/cli.js', import.meta.url));

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Resolves when the output contains the text, or the process has ended. */
  until(text: string): Promise<string>;
}

describe('whatsapp-simulator', () => {
  let folder = '';
  const runs: Run[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'simulator-cli-'));
  });
  afterEach(async () => {
    for (const { child, ended } of runs.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]): Run => {
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'close').then(([code]) => code as number | null);
    let output = '';
    const collect = (chunk: Buffer) => void (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const until = async (text: string) => {
      while (!output.includes(text) && child.exitCode === null && child.signalCode === null) {
        await Promise.race([once(child.stdout, 'data'), ended]);
      }
      return output;
    };
    const started = { child, ended, until };
    runs.push(started);
    return started;
  };
  const start = async (...args: string[]) => {
    const caFile = join(folder, 'ca.pem');
    const started = run('--port', '0', '--ca-file', caFile, ...args);
    const output = await started.until('Ctrl+C');
    const page = /The phone\s+(\S+)/.exec(output)?.[1] ?? '';
    return { ...started, caFile, output, page };
  };
  const accountsAt = async (page: string) => {
    const response = await fetch(`${page}api/accounts`);
    const { accounts } = (await response.json()) as { accounts: { name: string }[] };
    return accounts.map(({ name }) => name);
  };

  it('explains itself, and refuses what it does not understand', async () => {
    const help = run('--help');
    expect(await help.until('--contacts')).toContain('Usage: whatsapp-simulator');
    expect(await help.ended).toBe(0);
    const wrong = run('--port', 'many');
    expect(await wrong.ended).toBe(2);
    expect(await wrong.until('--port')).toContain('--port takes a whole number');
  });

  it('prints what a gateway needs, and stops on a signal', async () => {
    const { output, caFile, page, child, ended } = await start(
      '--accounts',
      '2',
      '--contacts',
      '1',
    );
    expect(output).toMatch(/WHATSAPP_URL=ws:\/\/127\.0\.0\.1:\d+\/ws\/chat/);
    expect(output).toMatch(/WHATSAPP_ROOT_KEY=[0-9a-f]{64}/);
    expect(output).toContain(`NODE_EXTRA_CA_CERTS=${caFile}`);
    expect(await readFile(caFile, 'utf8')).toContain('BEGIN CERTIFICATE');
    expect(await accountsAt(page)).toEqual(['The shop', 'Support', 'John Doe']);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('keeps its world in a folder', async () => {
    const state = join(folder, 'state');
    const first = await start('--state', state, '--contacts', '0');
    await fetch(`${first.page}api/accounts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Mei Lin' }),
    });
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);
    const second = await start('--state', state, '--contacts', '0');
    expect(await accountsAt(second.page)).toEqual(['The shop', 'Mei Lin']);
  });

  it('speaks TLS when asked to', async () => {
    const { output, page, caFile } = await start('--tls');
    expect(output).toContain('WHATSAPP_URL=wss://127.0.0.1:');
    expect(page).toMatch(/^https:/);
    const certificates = (await readFile(caFile, 'utf8')).match(/BEGIN CERTIFICATE/g);
    expect(certificates).toHaveLength(2);
  });

  it('says so when the port is taken', async () => {
    const { page } = await start();
    const second = run('--port', new URL(page).port);
    expect(await second.ended).toBe(1);
    expect(await second.until('in use')).toContain('Choose another one with --port');
  });
});
