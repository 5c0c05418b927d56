#!/usr/bin/env node
import { type Asked, HELP, readCommandLine } from './commands/command-line.ts';
import {
  type CommandResult,
  explain,
  runBackup,
  runDoctor,
  runRestore,
} from './compose/commands.ts';
import { compose, type Service } from './compose.ts';
import { type Config, describeConfig, readConfig } from './config/config.ts';
import { createLogger, type Logger } from './kernel/logger.ts';
import { VERSION } from './kernel/version.ts';

/** A stop that takes longer than this is cut short; Docker kills after 10 s by default. */
const STOP_LIMIT_MS = 9_000;

await obey(readCommandLine(process.argv.slice(2)));

async function obey(asked: Asked): Promise<void> {
  switch (asked.kind) {
    case 'wrong':
      process.stderr.write(`${asked.why}. See --help.\n`);
      process.exitCode = 2;
      return;
    case 'help':
      process.stdout.write(`WhatsApp Gateway ${VERSION}\n\n${HELP}`);
      return;
    case 'version':
      process.stdout.write(`${VERSION}\n`);
      return;
    case 'print-config':
      process.stdout.write(`${describeConfig(process.env)}\n`);
      return;
    case 'run':
      return configured(run);
    case 'backup':
      return configured((config) => tell(() => runBackup(config, asked.folder)));
    case 'restore':
      return configured((config) => tell(() => runRestore(config, asked.folder, asked.replace)));
    case 'doctor':
      return configured((config) => tell(() => runDoctor(config, asked.json)));
  }
}

async function configured(work: (config: Config) => Promise<void>): Promise<void> {
  const result = readConfig(process.env);
  if (result.ok) return work(result.config);
  process.stderr.write(`The environment is not valid:\n  ${result.errors.join('\n  ')}\n`);
  process.exitCode = 2;
}

/** Runs a command and says how it went. */
async function tell(command: () => Promise<CommandResult>): Promise<void> {
  try {
    const { text, exitCode } = await command();
    process.stdout.write(`${text}\n`);
    process.exitCode = exitCode;
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}

async function run(config: Config): Promise<void> {
  const logger = createLogger({ level: config.logLevel, pretty: !config.production });
  try {
    const disk = new AbortController();
    const service = await compose(config, logger, () => disk.abort());
    stopWhenAsked(service, disk.signal, logger);
    const address = await service.listen().catch(async (error: unknown) => {
      await service.stop();
      throw error;
    });
    greet(config, address, logger);
  } catch (error) {
    logger.fatal({ err: error }, 'the service could not start');
    process.exitCode = 1;
  }
}

/**
 * The first signal stops in good order, a second one at once. So does a disk that has failed, with an exit
 * code that lets whoever looks after the process start it again.
 */
function stopWhenAsked(service: Service, diskFailed: AbortSignal, logger: Logger): void {
  let stopping = false;
  const stop = (reason: string, exitCode: number) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ reason }, 'stopping');
    const limit = setTimeout(() => {
      logger.error('stopping took too long');
      process.exit(1);
    }, STOP_LIMIT_MS);
    void service
      .stop()
      .catch((error: unknown) => logger.error({ err: error }, 'the stop was not clean'))
      .finally(() => {
        clearTimeout(limit);
        logger.info('stopped');
        process.exit(exitCode);
      });
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop(signal, 0));
  const end = () => stop('the disk failed', 1);
  if (diskFailed.aborted) end();
  else diskFailed.addEventListener('abort', end, { once: true });
}

function greet(config: Config, address: string, logger: Logger): void {
  logger.info(`WhatsApp Gateway ${VERSION} listens on ${address}`);
  logger.info(`Everything it keeps lies in ${config.dataDir}`);
  logger.info(
    `To pair a number: curl -X POST ${address}/sessions/my-number/start, then open ${address}/sessions/my-number/qr`,
  );
  if (config.whatsapp.simulated) {
    logger.warn(`Not connected to WhatsApp but to the simulator at ${config.whatsapp.url}`);
  }
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < 24) {
    logger.info(
      `Node.js ${process.versions.node} works; the image runs Node.js 24, which is recommended`,
    );
  }
}
