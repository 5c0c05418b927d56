// Checks the walls between folders. A run that saw no module proves nothing, so it fails.
import { spawnSync } from 'node:child_process';

const FOLDERS = ['gateway/src', 'simulator/src'];
const run = spawnSync(
  process.execPath,
  [
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    ...FOLDERS,
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
  ],
  { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
);
if (!run.stdout) {
  console.error(run.stderr);
  process.exit(1);
}
const { summary } = JSON.parse(run.stdout);
for (const { rule, from, to } of summary.violations)
  console.error(`${rule.name}: ${from} -> ${to}`);
if (summary.totalCruised < 20) {
  console.error(
    `boundaries: only ${summary.totalCruised} modules were cruised; the check is broken`,
  );
  process.exit(1);
}
console.log(`boundaries: ${summary.totalCruised} modules, ${summary.violations.length} violations`);
process.exit(summary.error > 0 ? 1 : 0);
