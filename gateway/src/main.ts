#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { compose, type Service } from './compose.ts';
import { type Config, describeConfig, readConfig } from './config/config.ts';
import { createLogger, type Logger } from './kernel/logger.ts';
import { VERSION } from './kernel/version.ts';

const HELP = `WhatsApp Gateway ${VERSION}

Usage: whatsapp-gateway [option]

Runs the service. It is configured by environment variables only.

Options:
  --print-config   show every environment variable, its value in force and what it does
  --version        show the version
  --help           show this text
`;

/** A stop that takes longer than this is cut short; Docker kills after 10 s by default. */
const STOP_LIMIT_MS = 9_000;

const asked = readArguments();
if (typeof asked === 'string') {
  process.stderr.write(`${asked}\nSee --help.\n`);
  process.exitCode = 2;
} else if (asked.help) process.stdout.write(HELP);
else if (asked.version) process.stdout.write(`${VERSION}\n`);
else if (asked['print-config']) process.stdout.write(`${describeConfig(process.env)}\n`);
else await run();

/** The options given; a text that says what is wrong with them. */
function readArguments() {
  try {
    return parseArgs({
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
        'print-config': { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function run(): Promise<void> {
  const result = readConfig(process.env);
  if (!result.ok) {
    process.stderr.write(`The environment is not valid:\n  ${result.errors.join('\n  ')}\n`);
    process.exitCode = 2;
    return;
  }
  const { config } = result;
  const logger = createLogger({ level: config.logLevel, pretty: !config.production });
  try {
    const service = await compose(config, logger);
    stopOnSignals(service, logger);
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

/** The first signal stops in good order, a second one at once. */
function stopOnSignals(service: Service, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
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
        process.exit(0);
      });
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
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
      `Node.js ${process.versions.node} works; Node.js 24 needs a third of the CPU with many sessions`,
    );
  }
}
