import { Cron } from 'croner';
import { Problem } from '../kernel/errors.ts';
import { isTimeZone } from '../outbox/pacing/quiet-hours.ts';

/** When a schedule occurs. */
export interface Rhythm {
  /** Five fields (minute, hour, day of the month, month, day of the week), or a name such as `@daily`. */
  readonly cron: string;
  /** IANA name of the time zone in whose wall-clock time the fields are read. */
  readonly timeZone: string;
  /** Nothing before this instant. */
  readonly startsAtMs: number | null;
  /** Nothing after it. */
  readonly endsAtMs: number | null;
}

/** Neither seconds (at most one occurrence a minute) nor years, nor croner's `?` and `+`. */
const FORM =
  /^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[\w*,/#-]+( +[\w*,/#-]+){4})$/i;

/**
 * The occurrences after an instant, in order. Pure. When clocks are set forward or back:
 *
 * - A pattern whose minutes and hours are all named (`30 2 * * *`) occurs once for each wall-clock time:
 *   one that is leapt over occurs at the first minute after the gap, one that comes twice occurs the
 *   first time only.
 * - Any other (`*` or a step among them) follows real time: what is leapt over does not exist, and what
 *   comes twice occurs twice.
 */
export function* occurrencesAfter(rhythm: Rhythm, afterMs: number): Generator<number, void> {
  const { startsAtMs, endsAtMs } = rhythm;
  const cron = cronOf(rhythm);
  let fromMs = startsAtMs === null ? afterMs : Math.max(afterMs, startsAtMs - 1);
  for (;;) {
    const next = cron.nextRun(new Date(fromMs));
    if (next === null || (endsAtMs !== null && next.getTime() > endsAtMs)) return;
    fromMs = next.getTime();
    yield fromMs;
  }
}

/** The first occurrence after an instant; null when there is none. */
export function nextOccurrence(rhythm: Rhythm, afterMs: number): number | null {
  for (const atMs of occurrencesAfter(rhythm, afterMs)) return atMs;
  return null;
}

/** Throws `invalid_cron`, `invalid_time_zone`, or `invalid_request` when nothing ever occurs. */
export function checkRhythm(rhythm: Rhythm, nowMs: number): void {
  const { cron, timeZone } = rhythm;
  if (!isTimeZone(timeZone)) {
    const message = 'Give an IANA time zone such as America/Sao_Paulo';
    throw new Problem('invalid_time_zone', `"${timeZone}" is no time zone. ${message}.`, [
      { field: '/timeZone', message },
    ]);
  }
  const fault = faultOf(rhythm);
  if (fault !== null) {
    throw new Problem('invalid_cron', `"${cron}" cannot be read: ${fault}. ${HOW}.`, [
      { field: '/cron', message: `${fault}. ${HOW}` },
    ]);
  }
  if (nextOccurrence({ ...rhythm, startsAtMs: null, endsAtMs: null }, nowMs) === null) {
    const message = 'Names a day that never comes';
    throw new Problem('invalid_cron', `"${cron}" names a day that never comes.`, [
      { field: '/cron', message },
    ]);
  }
  if (nextOccurrence(rhythm, nowMs) === null) {
    const message = 'Must leave room for an occurrence from now on';
    throw new Problem('invalid_request', 'Nothing would be sent: endsAt is too early.', [
      { field: '/endsAt', message },
    ]);
  }
}

const HOW =
  'Give five fields: minute, hour, day of the month, month, day of the week; "0 9 * * 1-5" is 09:00 on weekdays';

function faultOf(rhythm: Rhythm): string | null {
  if (!FORM.test(rhythm.cron)) return 'It does not have five fields of the usual form';
  try {
    cronOf(rhythm);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
  }
}

const cronOf = ({ cron, timeZone }: Rhythm): Cron =>
  new Cron(cron, { mode: '5-part', timezone: timeZone, fixedTimeRule: 'no-wildcard' });
