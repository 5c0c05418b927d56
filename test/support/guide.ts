import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { GatewayProcess } from './gateway-process.ts';

/** A request that a guide tells its reader to make. */
export interface Example {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Stands in for curl: says what it was asked to send. */
const CURL = `curl() { ${process.execPath} -e '
  const { argv } = process;
  const piped = argv.includes("@-") ? require("node:fs").readFileSync(0, "utf8") : null;
  console.log(JSON.stringify({ words: argv.slice(1), piped }));
' -- "$@"; }
`;

/** Every request of the blocks of shell commands in a page of docs/, as the reader's shell understands it. */
export async function examplesOf(page: string): Promise<Example[]> {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, commands = '']) => commands);
  const { stdout } = await promisify(execFile)('sh', ['-c', CURL + blocks.join('\n')], {
    env: { ...process.env, API_KEY: 'the-key' },
  });
  return stdout.trim().split('\n').map(read);
}

function read(line: string): Example {
  const { words, piped }: { words: string[]; piped: string | null } = JSON.parse(line);
  const example = { method: 'GET', url: '', headers: {} as Record<string, string>, body: piped };
  const rest = words.values();
  for (const word of rest) {
    const next = () => String(rest.next().value);
    if (word === '-X') example.method = next();
    else if (word === '-d') example.body = next();
    else if (word === '--data-binary') next();
    else if (word === '-H') {
      const [name = '', value = ''] = next().split(': ');
      example.headers[name.toLowerCase()] = value;
    } else if (word.startsWith('http')) example.url = word;
    else throw new Error(`the guide uses curl in an unknown way: ${word}`);
  }
  if (example.headers['authorization'] !== 'Bearer the-key') throw new Error('no key is shown');
  return example;
}

/** Makes the request at the gateway instead of where the guide says. */
export async function follow(gateway: GatewayProcess, example: Example, key: string) {
  const { pathname, search } = new URL(example.url);
  const response = await fetch(`${gateway.url}${pathname}${search}`, {
    method: example.method,
    headers: { ...example.headers, authorization: `Bearer ${key}` },
    body: example.body,
  });
  const body: Record<string, unknown> = JSON.parse(await response.text());
  return { status: response.status, body };
}
