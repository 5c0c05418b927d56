// `npm test`: everything that must hold, in the order in which it fails fastest.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run, setUp } from './setup.mjs';

setUp({ build: true });
run('npm', ['run', 'check', '--silent']);

const report = join(ROOT, '.cache', 'tests.json');
mkdirSync(join(ROOT, '.cache'), { recursive: true });
rmSync(report, { force: true });
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ],
  { cwd: ROOT, stdio: 'inherit' },
);
if (!existsSync(report)) {
  console.error('The test runner wrote no report.');
  process.exit(status || 1);
}
const { numPassedTests, numFailedTests, numTotalTests, success } = JSON.parse(
  readFileSync(report, 'utf8'),
);
const failed = success ? numFailedTests : Math.max(1, numFailedTests);
console.log(`${numPassedTests} passed, ${failed} failed`);
process.exit(status || (numTotalTests === 0 ? 1 : 0));
