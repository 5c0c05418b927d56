import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import type { CredentialsReport, DatabaseFiles, DatabaseReport } from '../database.ts';
import { type DoctorDeps, examine } from './doctor.ts';
import { asJson, asText, type Finding, worst } from './finding.ts';
import { judgeClock, judgeNode, judgeSpace } from './judge.ts';

import type { Ask } from './network.ts';
import { judgeSessions } from './sessions.ts';

const sound: DatabaseReport = { schema: 5, encrypted: false, faults: [], endpoints: [] };
const clock = new VirtualClock();
let folder: string;
let report: DatabaseReport;
let answers: Record<string, Awaited<ReturnType<Ask>>>;
let asked: string[];
let sessions: CredentialsReport[];

const answered = (status: number, body = '', date?: string) => ({
  kind: 'answered' as const,
  status,
  headers: { date },
  body: new TextEncoder().encode(body),
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  await writeFile(join(folder, 'gateway.sqlite'), '', { mode: 0o600 });
  report = sound;
  asked = [];
  sessions = [];
  const now = new Date(clock.now()).toUTCString();
  answers = { 'https://web.whatsapp.com/ws/chat': answered(400, '', now) };
});
afterEach(() => rm(folder, { recursive: true }));

async function examined(overrides: Partial<DoctorDeps> = {}): Promise<Map<string, Finding>> {
  const database: DatabaseFiles = {
    name: 'gateway.sqlite',
    newestSchema: 5,
    inspect: () => report,
    credentials: () => sessions,
    copy: () => Promise.reject(new Error('the doctor copies nothing')),
    lock: () => {
      throw new Error('the doctor locks nothing');
    },
  };
  const findings = await examine({
    ask: async (url, { method, trusted }) => {
      asked.push(`${method} ${url} ${trusted}`);
      return (
        answers[url] ?? { kind: 'failed', stage: 'connect', message: 'the connection was refused' }
      );
    },
    clock,
    dataDir: folder,
    database,
    dataKey: null,
    nodeVersion: '24.1.0',
    converter: process.execPath,
    whatsapp: { url: 'wss://web.whatsapp.com/ws/chat', simulated: false },
    receivers: [],
    publicUrl: null,
    ...overrides,
  });
  return new Map(findings.map((finding) => [finding.check, finding]));
}

describe('the doctor', () => {
  it('finds nothing wrong where nothing is, and leaves nothing behind', async () => {
    answers['https://gateway.example/health'] = answered(200, '{"sessions":{}}');
    const found = await examined({ publicUrl: 'https://gateway.example' });
    const wrong = [...found.values()].filter(
      ({ verdict, check }) => verdict !== 'ok' && !['disk', 'ffmpeg'].includes(check),
    );
    expect(wrong).toEqual([]);
    expect(await readdir(folder)).toEqual(['gateway.sqlite']);
  });

  it('examines a folder that is not there yet without making it', async () => {
    const found = await examined({ dataDir: join(folder, 'not', 'yet') });
    expect(found.get('data folder')?.verdict).toBe('ok');
    expect(found.get('database')?.found).toContain('none yet');
    expect(await readdir(folder)).toEqual(['gateway.sqlite']);
  });

  it.each<[string, Partial<DatabaseReport>, boolean, string]>([
    ['damage', { faults: ['page 7 is never used'] }, false, 'page 7'],
    ['a newer schema', { schema: 6 }, false, 'schema 6'],
    ['a missing key', { encrypted: true }, false, 'DATA_KEY is not set'],
    ['a superfluous key', {}, true, 'made without one'],
  ])('tells of %s in the database', async (_what, change, hasDataKey, text) => {
    report = { ...sound, ...change };
    const finding = (await examined({ dataKey: hasDataKey ? new Uint8Array(32) : null })).get(
      'database',
    );
    expect([finding?.verdict, finding?.found]).toEqual(['fail', expect.stringContaining(text)]);
  });

  it('tells which sessions cannot be opened, and what to do for each', async () => {
    const session = (id: string, state: CredentialsReport['state'], workspaceId = 'default') =>
      ({ workspaceId, id, state }) as const;
    sessions = [session('support', 'intact'), session('new', 'none')];
    const { verdict, found } = (await examined()).get('sessions') ?? {};
    expect([verdict, found]).toEqual(['ok', '2; the credentials of 1 open']);

    const many = Array.from({ length: 12 }, (_, at) => session(`n${at}`, 'lost'));
    const findings = judgeSessions([session('support', 'previous_intact', 'acme'), ...many]);
    expect(findings).toMatchObject([
      { verdict: 'fail', todo: expect.stringContaining('/restore-credentials') },
      { verdict: 'fail', todo: expect.stringContaining('pair its number again') },
    ]);
    expect(findings[0]?.found).toContain('of acme/support are damaged');
    expect(findings[1]?.found).toContain('n9 and 2 more are damaged');
  });

  it('tells of key files that others can read', async () => {
    await writeFile(join(folder, 'operator.key'), 'secret');
    await chmod(join(folder, 'operator.key'), 0o640);
    await mkdir(join(folder, 'media'));
    expect((await examined()).get('key files')).toMatchObject({
      verdict: 'warn',
      found: expect.stringContaining('operator.key'),
    });
  });

  it('asks each receiver, and shows of its URL no more than the origin', async () => {
    report = {
      ...sound,
      endpoints: [{ id: 'hook_1', url: 'https://crm.example/in?token=secret' }],
    };
    answers['http://n8n:5678/webhook/x'] = answered(404);
    const found = await examined({
      receivers: [{ name: 'WEBHOOK_URL', url: 'http://n8n:5678/webhook/x', trusted: true }],
    });
    expect(found.get('webhook WEBHOOK_URL')?.verdict).toBe('ok');
    expect(found.get('webhook hook_1')?.verdict).toBe('fail');
    expect(asText([...found.values()])).not.toContain('secret');
    expect(asked).toContain('HEAD http://n8n:5678/webhook/x true');
    expect(asked).toContain('HEAD https://crm.example/in?token=secret false');
  });

  it('says what to do about a receiver inside the network', async () => {
    report = { ...sound, endpoints: [{ id: 'hook_1', url: 'http://10.0.0.7/' }] };
    answers['http://10.0.0.7/'] = { kind: 'failed', stage: 'guard', message: 'not public' };
    expect((await examined()).get('webhook hook_1')?.todo).toContain('OUTBOUND_ALLOW');
  });

  it('tells of a WhatsApp and a converter that are not there', async () => {
    answers = {};
    const found = await examined({ converter: join(folder, 'no-such-program') });
    expect(found.get('whatsapp')?.verdict).toBe('fail');
    expect(found.get('ffmpeg')?.verdict).toBe('warn');
  });

  it('tells of a public URL that leads elsewhere', async () => {
    answers['https://gateway.example/health'] = answered(200, '<html>Welcome to nginx');
    const found = await examined({ publicUrl: 'https://gateway.example' });
    expect(found.get('public url')?.verdict).toBe('warn');
  });
});

describe('judging', () => {
  it.each([
    ['18.20.0', 'fail'],
    ['20.18.3', 'fail'],
    ['20.19.0', 'warn'],
    ['24.0.0', 'ok'],
  ])('Node.js %s: %s', (version, verdict) => expect(judgeNode(version).verdict).toBe(verdict));

  it('less space is never better', () => {
    const rank = { ok: 0, warn: 1, fail: 2 };
    const bytes = fc.double({ min: 0, max: 1e13, noNaN: true });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(rank[judgeSpace(less).verdict]).toBeGreaterThanOrEqual(
          rank[judgeSpace(more).verdict],
        );
      }),
    );
  });

  it('a clock that is right is never called wrong, however slow the answer', () => {
    const soon = fc.integer({ min: 0, max: 60_000 });
    fc.assert(
      fc.property(fc.integer({ min: 1e12, max: 2e12 }), soon, soon, (askedAtMs, until, since) => {
        const date = new Date(askedAtMs + until).toUTCString();
        expect(judgeClock(date, askedAtMs, askedAtMs + until + since).verdict).toBe('ok');
      }),
    );
  });

  it('a clock that is off is told by how much', () => {
    const now = 1_800_000_000_000;
    const header = (offMs: number) => new Date(now + offMs).toUTCString();
    expect(judgeClock(header(60_000), now, now)).toMatchObject({ verdict: 'warn' });
    expect(judgeClock(header(-3_600_000), now, now)).toMatchObject({
      verdict: 'fail',
      found: 'the clock is 3599 s off',
    });
    expect(judgeClock(null, now, now).verdict).toBe('warn');
  });

  it('the worst verdict counts', async () => {
    const findings = [judgeNode('24.0.0'), judgeNode('20.19.0')];
    expect(worst(findings)).toBe('warn');
    expect(JSON.parse(asJson(findings))).toMatchObject({ status: 'warn', checks: findings });
  });
});
