import { spawn } from 'node:child_process';
import type { Clock } from '../kernel/clock.ts';
import { createTurns } from '../kernel/turns.ts';

/** How a conversion ended. */
export type Conversion =
  | { readonly kind: 'done' }
  /** There is no such program. */
  | { readonly kind: 'missing' }
  /** It could not read the file, or took too long. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Runs ffmpeg; what it writes to its standard output is handed over piece by piece. Never rejects. */
export type Convert = (
  args: readonly string[],
  onOutput?: (chunk: Uint8Array) => void,
) => Promise<Conversion>;

/** Conversions at once: they take all the CPU they get, and sockets need some too. */
const AT_ONCE = 1;

/** A sound file of 16 MiB takes seconds; what takes longer was made to take long. */
const DEADLINE_MS = 60_000;

/** Of what it complains about, this much is kept. */
const MAX_COMPLAINT = 500;

/** Makes a runner of one program, found by name in the PATH or by its path. */
export function createConverter(command: string, clock: Clock): Convert {
  const inTurn = createTurns(AT_ONCE);
  return (args, onOutput) => inTurn(() => run(command, args, clock, onOutput));
}

function run(
  command: string,
  args: readonly string[],
  clock: Clock,
  onOutput?: (chunk: Uint8Array) => void,
): Promise<Conversion> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let complaint = '';
    const deadline = clock.after(DEADLINE_MS, () => child.kill('SIGKILL'));
    const end = (conversion: Conversion) => {
      deadline.cancel();
      resolve(conversion);
    };
    child.stdout.on('data', (chunk: Uint8Array) => onOutput?.(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-MAX_COMPLAINT);
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      end(
        error.code === 'ENOENT' ? { kind: 'missing' } : { kind: 'failed', reason: error.message },
      ),
    );
    child.on('close', (code) =>
      end(code === 0 ? { kind: 'done' } : { kind: 'failed', reason: complaint || `code ${code}` }),
    );
  });
}
