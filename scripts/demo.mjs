// `npm run demo`: simulator, gateway and a webhook receiver in one terminal.
import { spawn } from 'node:child_process';
import { ROOT, setUp } from './setup.mjs';

setUp({ build: true });
const demo = spawn(
  process.execPath,
  ['--conditions=source', '--import', 'tsx', 'demo/main.ts', ...process.argv.slice(2)],
  { cwd: ROOT, stdio: 'inherit' },
);
// The demo ends on these by itself; this process only waits for it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => demo.kill(signal));
demo.on('exit', (code) => process.exit(code ?? 1));
