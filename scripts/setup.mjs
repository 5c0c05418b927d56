// Brings a clone into a state in which it runs: dependencies and, on demand, the build. Does nothing,
// in a few milliseconds, when all is there. Uses Node alone, since it runs before `npm ci`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const INSTALLED_STAMP = join(ROOT, 'node_modules', '.installed');
const BUILT_STAMP = join(ROOT, 'gateway', 'dist', '.built');
const SOURCES = [
  'gateway/src',
  'simulator/src',
  'simulator/web',
  'tsconfig.base.json',
  'gateway/tsconfig.json',
  'simulator/tsconfig.json',
  'package-lock.json',
];

/** Installs when the lockfile changed, builds when a source changed. Exits on failure. */
export function setUp({ build = false } = {}) {
  checkNode();
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (!existsSync(INSTALLED_STAMP) || readFileSync(INSTALLED_STAMP, 'utf8') !== lock) {
    console.log(
      'Installing dependencies (once; a few minutes where a native module must be compiled)...',
    );
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    writeFileSync(INSTALLED_STAMP, lock);
  }
  const newest = build ? newestChange() : 0;
  if (build && !(existsSync(BUILT_STAMP) && statSync(BUILT_STAMP).mtimeMs >= newest)) {
    console.log('Building...');
    rmSync(join(ROOT, 'gateway/dist'), { recursive: true, force: true });
    rmSync(join(ROOT, 'simulator/dist'), { recursive: true, force: true });
    run('npm', ['run', 'build', '--workspaces', '--if-present', '--silent']);
    writeFileSync(BUILT_STAMP, '');
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Node.js 20.19 or newer is needed; this is ${process.versions.node}.`);
  process.exit(1);
}

export function run(command, args) {
  const { status } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

function newestChange() {
  return Math.max(
    0,
    ...SOURCES.map((path) => join(ROOT, path))
      .filter(existsSync)
      .map(newestIn),
  );
}

function newestIn(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  setUp({ build: process.argv.includes('--build') });
}
