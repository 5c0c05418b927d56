/** Faults of baileys 7.0.0-rc14 that end the process; see `alone.test.ts`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';

/** An event handler that rejects, as the library itself does with a bare number when a socket closes. */
const SCRIPT = `
  import { makeEventBuffer } from 'baileys';
  import { pino } from 'pino';
  import { installProcessGuards } from './gateway/src/whatsapp/baileys/process-guards.ts';
  const logger = pino({ level: 'silent' });
  const guards = process.argv[1] === 'guarded' ? installProcessGuards(logger) : null;
  const events = makeEventBuffer(logger);
  events.process(async () => { throw 1006; });
  events.emit('connection.update', { connection: 'close' });
  console.info('Closing session:', { privKey: 'secret' });
  setImmediate(() => console.log('alive', guards?.unhandled(), guards?.silenced()));
`;

async function run(mode: 'bare' | 'guarded') {
  const args = ['--import', 'tsx', '--input-type=module', '-e', SCRIPT, mode];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('a rejection inside the library', () => {
  it('ends a process that takes no care', async () => {
    const { code, output } = await run('bare');
    expect(code).not.toBe(0);
    expect(output).toContain('privKey');
  });

  it('is logged by a guarded one, which prints no keys either', async () => {
    expect(await run('guarded')).toEqual({ code: 0, output: 'alive 1 1\n' });
  });
});
