// Writes the generated parts of the docs; `--check` only says whether they are current.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes, openApiDocument } from './reference.mjs';
import { ROOT } from './setup.mjs';

const { configTable } = await import('../gateway/src/config/config.ts');

const files = {
  'README.md': withConfigTable(read('README.md')),
  'docs/errors.md': errorCodes(),
  'docs/openapi.json': await openApiDocument(),
};

const stale = Object.entries(files).filter(([path, content]) => read(path) !== content);
if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is not current; run \`npm run docs\`.`);
  if (stale.length === 0) console.log('docs: current');
  process.exit(stale.length > 0 ? 1 : 0);
}
for (const [path, content] of stale) writeFileSync(join(ROOT, path), content);
process.exit(0);

function read(path) {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return '';
  }
}

function withConfigTable(readme) {
  const rows = configTable().map(
    ({ name, fallback, meaning }) =>
      `| \`${name}\` | ${fallback && `\`${fallback}\``} | ${meaning} |`,
  );
  const table = ['| Variable | Default | |', '|---|---|---|', ...rows].join('\n');
  return readme.replace(
    /(<!-- config-table -->\n)[\s\S]*?(<!-- \/config-table -->)/,
    (_all, start, end) => `${start}${table}\n${end}`,
  );
}
