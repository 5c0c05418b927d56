// Writes the generated parts of the docs; `--check` only says whether they are current.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';

const { configTable } = await import('../gateway/src/config/config.ts');

const rows = configTable().map(
  ({ name, fallback, meaning }) =>
    `| \`${name}\` | ${fallback && `\`${fallback}\``} | ${meaning} |`,
);
const table = ['| Variable | Default | |', '|---|---|---|', ...rows].join('\n');

const readme = join(ROOT, 'README.md');
const before = readFileSync(readme, 'utf8');
const after = before.replace(
  /(<!-- config-table -->\n)[\s\S]*?(<!-- \/config-table -->)/,
  (_all, start, end) => `${start}${table}\n${end}`,
);
if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error(
      'README.md: the table of environment variables is not current; run `npm run docs`.',
    );
    process.exit(1);
  }
  console.log('docs: current');
} else if (after !== before) writeFileSync(readme, after);
