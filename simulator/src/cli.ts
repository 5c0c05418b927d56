#!/usr/bin/env node
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { assemble } from './cli/cast.ts';
import { greeting } from './cli/greeting.ts';
import { HELP, type RunOptions, readCommand } from './cli/options.ts';
import { VERSION } from './control/version.ts';
import { createLocalCertificates } from './media/certificates.ts';
import { createSimulator, type Simulator } from './simulator.ts';

const command = readCommand(process.argv.slice(2));
switch (command.do) {
  case 'help':
    process.stdout.write(HELP);
    break;
  case 'version':
    process.stdout.write(`${VERSION}\n`);
    break;
  case 'refuse':
    process.stderr.write(`${command.why}\nSee --help.\n`);
    process.exitCode = 2;
    break;
  case 'run':
    await run(command).catch((error: unknown) => {
      process.stderr.write(`${explain(error, command)}\n`);
      process.exitCode = 1;
    });
    break;
}

async function run(options: RunOptions): Promise<void> {
  const { port, host, seed } = options;
  const certificates = options.tls ? await createLocalCertificates(Date.now(), [host]) : null;
  const tls = certificates && { key: certificates.keyPem, cert: certificates.certPem };
  const simulator = await createSimulator({
    port,
    host,
    seed,
    control: true,
    ...(options.stateDir === null ? {} : { stateDir: resolve(options.stateDir) }),
    ...(tls ? { tls } : {}),
  });
  stopOnSignals(simulator);
  const urls = {
    whatsappUrl: reachable(simulator.url),
    controlUrl: reachable(simulator.controlUrl ?? ''),
  };
  const boundPort = new URL(urls.whatsappUrl).port;
  const caFile = resolve(
    options.caFile ?? join(tmpdir(), `whatsapp-simulator-${boundPort}-ca.pem`),
  );
  await writeWhole(caFile, `${simulator.mediaCaPem}${certificates?.caPem ?? ''}`);
  const cast = assemble(simulator, options.accounts, options.contacts);
  const { rootKeyHex } = simulator;
  process.stdout.write(greeting({ version: VERSION, ...urls, rootKeyHex, caFile, cast }));
}

/** An address to listen on everywhere is none to connect to. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//:::', '//[::1]:');
}

/** Replaces the file at once: a client that starts in this moment reads the old one or the new one. */
async function writeWhole(file: string, text: string): Promise<void> {
  const folder = await mkdtemp(join(dirname(file), '.simulator-'));
  const draft = join(folder, basename(file));
  await writeFile(draft, text, { mode: 0o644 });
  await rename(draft, file);
  await rm(folder, { recursive: true });
}

/** The first signal stops in good order, a second one at once. */
function stopOnSignals(simulator: Simulator): void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    simulator.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`The stop was not clean: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function explain(error: unknown, { port, host }: RunOptions): string {
  const { code } = error as { code?: string };
  if (code === 'EADDRINUSE') return `Port ${port} is in use. Choose another one with --port.`;
  if (code === 'EACCES') return `Port ${port} may not be used. Choose one above 1023 with --port.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `"${host}" is no address of this machine.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
