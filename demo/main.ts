import { parseArgs } from 'node:util';
import { createSimulator } from '@whatsapp-gateway/simulator';
import { startGateway } from './gateway.ts';
import { Receiver } from './receiver.ts';
import { play, tell } from './story.ts';
import { say } from './terminal.ts';

const HELP = `Usage: npm run demo -- [options]

Simulator, gateway and a webhook receiver in one terminal.

Options:
  --port <n>   where the gateway listens (3000)
  --once       tell the story and end, instead of staying up to play
  --help       show this text
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '3000' },
    once: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await demo(Number(values.port), values.once);

async function demo(port: number, once: boolean): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => interrupted.abort());
  }
  const receiver = new Receiver();
  const simulator = await createSimulator({ control: true });
  try {
    const gateway = await startGateway(simulator, { port, webhookUrl: await receiver.listen() });
    try {
      const cast = {
        gateway,
        phonesUrl: simulator.controlUrl ?? '',
        receiver,
        shop: simulator.accounts.create({ phone: '15550001000', name: 'The shop' }),
        john: simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' }),
      };
      await tell(cast);
      if (!once) await play(cast, interrupted.signal);
    } finally {
      await gateway.stop();
    }
  } catch (error) {
    say('demo', error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  } finally {
    receiver.close();
    await simulator.close();
  }
}
