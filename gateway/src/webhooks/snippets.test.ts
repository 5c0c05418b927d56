import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { webhookRequest } from './message.ts';
import { newSecret } from './signature.ts';
import { endpoint, message, SECRET } from './testing/house.ts';

const GUIDE = readFileSync(new URL('../../../docs/webhooks.md', import.meta.url), 'utf8');

/** A code block of the guide, by the word after its language. */
function snippet(name: string): string {
  const found = new RegExp(`\`\`\`\\w+ ${name}\n(.*?)\n\`\`\``, 's').exec(GUIDE)?.[1];
  if (found === undefined) throw new Error(`the guide has no snippet ${name}`);
  return found;
}

interface Case {
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly genuine: boolean;
}

function cases(): readonly Case[] {
  const old = newSecret(seededRandom(9));
  const request = (nowMs: number, settings: Parameters<typeof endpoint>[2] = {}) => {
    const { event, sessionId, workspaceId, data } = message('olá 👋 "quoted"');
    const made = { id: 'event', event, sessionId, workspaceId, timestampMs: nowMs, data };
    const to = endpoint('one', 'http://x/', settings);
    const { headers, body } = webhookRequest(
      to,
      { id: 'd', event: made },
      { data, files: [] },
      1,
      nowMs,
    );
    return { secret: SECRET, headers, body: String(body), genuine: true };
  };
  const good = request(Date.now());
  const rotating = request(Date.now(), {
    previousSecret: { secret: old, untilMs: Date.now() + 60_000 },
  });
  return [
    good,
    rotating,
    { ...rotating, secret: old },
    { ...good, secret: old, genuine: false },
    { ...good, body: good.body.replace('olá', 'ola'), genuine: false },
    { ...request(Date.now() - 600_000), genuine: false },
  ];
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snippets-'));
});
afterAll(() => rm(folder, { recursive: true }));

const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;

/** Runs a program that reads the cases as JSON and prints its verdicts as JSON. */
function verdicts(command: string, file: string): unknown {
  const run = spawnSync(command, [file], { input: JSON.stringify(cases()), encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

const expected = () => cases().map(({ genuine }) => genuine);

describe('the snippets of the guide', () => {
  it.each(['node', 'standard-webhooks'])('%s', async (name) => {
    const file = join(folder, `${name}.mjs`);
    const library = pathToFileURL(createRequire(import.meta.url).resolve('standardwebhooks'));
    await writeFile(file, snippet(name).replace("'standardwebhooks'", `'${library.href}'`));
    const { verify } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
      verify: (secret: string, headers: object, body: string) => unknown;
    };
    const judged = cases().map(({ secret, headers, body }) => {
      try {
        return Boolean(verify(secret, headers, body));
      } catch {
        return false;
      }
    });
    expect(judged).toEqual(expected());
  });

  it('n8n', async () => {
    const AsyncFunction = (async () => {}).constructor as new (
      ...args: string[]
    ) => (...args: unknown[]) => Promise<unknown>;
    const node = new AsyncFunction('$input', '$env', 'require', snippet('n8n'));
    const judged: boolean[] = [];
    for (const { secret, headers, body } of cases()) {
      const helpers = { getBinaryDataBuffer: async () => Buffer.from(body) };
      const input = { first: () => ({ json: { headers } }) };
      const require = createRequire(import.meta.url);
      const passed = node.call({ helpers }, input, { WEBHOOK_SECRET: secret }, require);
      judged.push(await passed.then(() => true).catch(() => false));
    }
    expect(judged).toEqual(expected());
  });

  it.skipIf(!has('python3', '--version'))('python', async () => {
    const file = join(folder, 'verify.py');
    const main = [
      'import json, sys',
      'cases = json.load(sys.stdin)',
      'print(json.dumps([verify(c["secret"], c["headers"], c["body"].encode()) for c in cases]))',
    ];
    await writeFile(file, [snippet('python'), ...main].join('\n'));
    expect(verdicts('python3', file)).toEqual(expected());
  });

  it.skipIf(!has('php', '--version'))('php', async () => {
    const file = join(folder, 'verify.php');
    const main = [
      '$cases = json_decode(file_get_contents("php://stdin"), true);',
      '$judge = fn ($c) => verify($c["secret"], $c["headers"], $c["body"]);',
      'echo json_encode(array_map($judge, $cases));',
    ];
    await writeFile(file, ['<?php', snippet('php'), ...main].join('\n'));
    expect(verdicts('php', file)).toEqual(expected());
  });

  it.skipIf(!has('go', 'version'))('go', async () => {
    await writeFile(join(folder, 'go.mod'), 'module webhook\n\ngo 1.21\n');
    await writeFile(join(folder, 'verify.go'), snippet('go'));
    const test = `package webhook

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"
)

func TestCases(t *testing.T) {
	var cases []struct {
		Secret  string
		Headers map[string]string
		Body    string
		Genuine bool
	}
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		headers := http.Header{}
		for name, value := range c.Headers {
			headers.Set(name, value)
		}
		if Verify(c.Secret, headers, []byte(c.Body)) != c.Genuine {
			t.Errorf("case %d", i)
		}
	}
}
`;
    await writeFile(join(folder, 'verify_test.go'), test);
    const options = { cwd: folder, input: JSON.stringify(cases()), encoding: 'utf8' } as const;
    const run = spawnSync('go', ['test', '.'], options);
    expect(run.stdout + run.stderr).toContain('ok');
  });
});
