/**
 * Plays a week of a busy shop's number through the pacing function and draws it: what was accepted, what
 * went out, and what waited. The same seed gives the same picture. Also proves, over many such weeks,
 * that no limit is ever exceeded.
 * Run: `node --conditions=source --import tsx bench/pacing-week.ts [sends to check]`; writes
 * `docs/pacing-week.svg`.
 */
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../gateway/src/kernel/random.ts';
import { SendHistory } from '../gateway/src/outbox/pacing/history.ts';
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  type PacingPolicy,
  presetPolicy,
} from '../gateway/src/outbox/pacing/policy.ts';
import { NO_RESTRICTIONS } from '../gateway/src/outbox/pacing/restrictions.ts';
import {
  type Happening,
  type PlannedSend,
  simulate,
} from '../gateway/src/outbox/pacing/simulate.ts';

/** A Monday, midnight UTC. */
const START = Date.UTC(2026, 2, 2);
const WEEK_MS = 7 * DAY_MS;

const policy: PacingPolicy = {
  ...presetPolicy('gentle', 'UTC'),
  preset: 'custom',
  quietHours: { from: '21:00', to: '08:00', timeZone: 'UTC', applies: 'unsolicited' },
};

/** People write by day, the shop answers; twice a bulk message goes to people who are new. */
function week(seed: number): Happening[] {
  const random = seededRandom(seed);
  const happenings: Happening[] = [];
  let serial = 0;
  const accept = (atMs: number, chatId: string, priority: 'direct' | 'bulk', length: number) =>
    happenings.push({
      type: 'accepted',
      atMs,
      messageId: String(serial++),
      chatId,
      priority,
      textKey: null,
      effort: { kind: 'typed', characters: length },
    });
  for (let atMs = START; atMs < START + WEEK_MS; atMs += 5 * MINUTE_MS) {
    const hour = ((atMs - START) / HOUR_MS) % 24;
    const busy = Math.max(0, Math.sin(((hour - 7) / 15) * Math.PI));
    const writers = Math.floor(busy * 4 * random.next() + random.next() * 0.3);
    for (let i = 0; i < writers; i++) {
      const chatId = `${1000 + Math.floor(random.next() ** 2 * 400)}@s.whatsapp.net`;
      const heardMs = atMs + Math.floor(random.next() * 5 * MINUTE_MS);
      happenings.push({ type: 'heard', atMs: heardMs, chatId });
      accept(heardMs + 1000, chatId, 'direct', 20 + Math.floor(random.next() * 200));
    }
  }
  for (const bulkMs of [START + 10 * HOUR_MS, START + 3 * DAY_MS + 18 * HOUR_MS]) {
    for (let i = 0; i < 180; i++) {
      accept(bulkMs, `${500_000 + serial}@s.whatsapp.net`, 'bulk', 120);
    }
  }
  return happenings.sort((a, b) => a.atMs - b.atMs);
}

function play(seed: number): { accepted: Happening[]; sends: PlannedSend[] } {
  const happenings = week(seed);
  const random = seededRandom(seed + 1);
  const beginning = {
    nowMs: START,
    history: new SendHistory(),
    restrictions: NO_RESTRICTIONS,
    warmUpFromMs: START - 3 * DAY_MS,
    openedAtMs: START - DAY_MS,
  };
  return {
    accepted: happenings.filter(({ type }) => type === 'accepted'),
    sends: [...simulate(policy, beginning, happenings, () => random.next())],
  };
}

/** How often a limit was exceeded, counted naively. */
function excesses(sends: readonly PlannedSend[]): number {
  let found = 0;
  for (const name of ['all', 'warm', 'cold'] as const) {
    const instants = sends
      .filter(({ budget }) => name === 'all' || budget === name)
      .map(({ atMs }) => atMs);
    const { perMinute, perHour, perDay } = policy[name];
    for (const [limit, windowMs] of [
      [perMinute, MINUTE_MS],
      [perHour, HOUR_MS],
      [perDay, DAY_MS],
    ] as const) {
      if (limit === null) continue;
      instants.forEach((atMs, i) => {
        const before = instants[i - limit];
        if (before !== undefined && atMs - before < windowMs) found++;
      });
    }
  }
  return found;
}

// --- The picture ---

const WIDTH = 960;
const PLOT = { left: 56, right: 944, top: 56, height: 150, gap: 62 };
const COLOURS = { waiting: '#e8a33d', answers: '#2f7d5b', bulk: '#5b6cc4', quiet: '#8b94a322' };

const x = (atMs: number) => PLOT.left + ((atMs - START) / WEEK_MS) * (PLOT.right - PLOT.left);
const round = (value: number) => Math.round(value * 10) / 10;

function chart(accepted: readonly Happening[], sends: readonly PlannedSend[]): string {
  const hours = Array.from({ length: 7 * 24 }, (_, hour) => START + hour * HOUR_MS);
  const within = (fromMs: number) => (send: PlannedSend) =>
    send.atMs >= fromMs && send.atMs < fromMs + HOUR_MS;
  const perHour = hours.map((fromMs) => {
    const sent = sends.filter(within(fromMs));
    const bulk = sent.filter(({ priority }) => priority === 'bulk').length;
    return { fromMs, answers: sent.length - bulk, bulk };
  });
  const backlog = hours.map((fromMs) => ({
    fromMs,
    waiting:
      accepted.filter(({ atMs }) => atMs <= fromMs).length -
      sends.filter(({ atMs }) => atMs <= fromMs).length,
  }));
  const topOfSends = niceTop(Math.max(...perHour.map(({ answers, bulk }) => answers + bulk)));
  const topOfBacklog = niceTop(Math.max(...backlog.map(({ waiting }) => waiting)));
  const second = PLOT.top + PLOT.height + PLOT.gap;
  const scale = (value: number, top: number) => (value / top) * PLOT.height;
  const barWidth = round((PLOT.right - PLOT.left) / hours.length - 0.6);
  const bars = perHour.flatMap(({ fromMs, answers, bulk }) => {
    const answerHeight = scale(answers, topOfSends);
    const bulkHeight = scale(bulk, topOfSends);
    const base = PLOT.top + PLOT.height;
    return [
      bar(fromMs, base - answerHeight, answerHeight, barWidth, COLOURS.answers),
      bar(fromMs, base - answerHeight - bulkHeight, bulkHeight, barWidth, COLOURS.bulk),
    ];
  });
  const area = backlog
    .map(({ fromMs, waiting }) => {
      const y = second + PLOT.height - scale(waiting, topOfBacklog);
      return `${round(x(fromMs))},${round(y)}`;
    })
    .join(' ');
  const bottom = second + PLOT.height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 64}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="A simulated week under the gentle policy with quiet hours">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    title(PLOT.top - 14, 'Sent per hour', [
      ['answers', COLOURS.answers],
      ['bulk to new people', COLOURS.bulk],
    ]),
    title(second - 14, 'Waiting in the queue', [['messages', COLOURS.waiting]]),
    ...quietBands(bottom),
    ...axis(PLOT.top, topOfSends),
    ...axis(second, topOfBacklog),
    ...bars,
    `<polygon points="${PLOT.left},${bottom} ${area} ${PLOT.right},${bottom}" fill="${COLOURS.waiting}" fill-opacity="0.75"/>`,
    ...days(bottom),
    `<text x="${PLOT.left}" y="${bottom + 48}" fill="#5a6472">Shaded: quiet hours, in which answers still go. Two bulk messages to 180 new people each, on a number linked three days before.</text>`,
    '</svg>',
    '',
  ]
    .filter((line) => line !== null)
    .join('\n');
}

function bar(
  fromMs: number,
  y: number,
  height: number,
  width: number,
  colour: string,
): string | null {
  if (height === 0) return null;
  return `<rect x="${round(x(fromMs))}" y="${round(y)}" width="${width}" height="${round(height)}" fill="${colour}"/>`;
}

function title(y: number, text: string, legend: readonly (readonly [string, string])[]): string {
  const items = legend.map(([name, colour], i) => {
    const at = PLOT.left + 160 + i * 150;
    return `<rect x="${at}" y="${y - 9}" width="10" height="10" fill="${colour}"/><text x="${at + 16}" y="${y}" fill="#5a6472">${name}</text>`;
  });
  return `<text x="${PLOT.left}" y="${y}" font-weight="600" fill="#1d2530">${text}</text>${items.join('')}`;
}

function axis(top: number, value: number): string[] {
  return [0, 0.5, 1].map((share) => {
    const y = round(top + PLOT.height * (1 - share));
    return `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y}" y2="${y}" stroke="#d5dae1"/><text x="${PLOT.left - 8}" y="${y + 4}" text-anchor="end" fill="#5a6472">${value * share}</text>`;
  });
}

function quietBands(bottom: number): string[] {
  const bands: string[] = [];
  for (let day = 0; day <= 7; day++) {
    const fromMs = Math.max(START, START + day * DAY_MS - 3 * HOUR_MS);
    const toMs = Math.min(START + WEEK_MS, START + day * DAY_MS + 8 * HOUR_MS);
    const [left, right] = [round(x(fromMs)), round(x(toMs))];
    bands.push(
      `<rect x="${left}" y="${PLOT.top}" width="${round(right - left)}" height="${bottom - PLOT.top}" fill="${COLOURS.quiet}"/>`,
    );
  }
  return bands;
}

const days = (bottom: number): string[] =>
  ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].map(
    (name, day) =>
      `<text x="${round(x(START + (day + 0.5) * DAY_MS))}" y="${bottom + 20}" text-anchor="middle" fill="#1d2530">${name}</text>`,
  );

const niceTop = (value: number): number => Math.max(10, Math.ceil(value / 10) * 10);

const wanted = Number(process.argv[2] ?? 200_000);
const { accepted, sends } = play(1);
const file = fileURLToPath(new URL('../docs/pacing-week.svg', import.meta.url));
writeFileSync(file, chart(accepted, sends));
console.log(`docs/pacing-week.svg: ${accepted.length} accepted, ${sends.length} sent`);

const startedMs = performance.now();
let checked = 0;
let exceeded = 0;
for (let seed = 2; checked < wanted; seed++) {
  const { sends } = play(seed);
  checked += sends.length;
  exceeded += excesses(sends);
}
const seconds = (performance.now() - startedMs) / 1000;
console.log(
  `${checked} sends checked in ${seconds.toFixed(1)} s, limits exceeded ${exceeded} times`,
);
if (exceeded > 0) process.exitCode = 1;
