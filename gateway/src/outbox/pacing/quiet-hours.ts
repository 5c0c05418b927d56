import { MINUTE_MS, type QuietHours } from './policy.ts';

/** Formatters are costly to make (tens of microseconds) and few time zones are in use; at most 64. */
const MAX_FORMATTERS = 64;
const MINUTES_A_DAY = 24 * 60;
const formatters = new Map<string, Intl.DateTimeFormat>();

/** True for names that the runtime's time zone database knows. */
export function isTimeZone(name: string): boolean {
  try {
    return formatterOf(name) !== null;
  } catch {
    return false;
  }
}

/**
 * The first instant at or after `atMs` that is not quiet. Clock changes are followed: a night in which
 * the clock goes back lasts an hour longer.
 */
export function afterQuietHours(quiet: QuietHours, atMs: number): number {
  const from = minuteOf(quiet.from);
  const to = minuteOf(quiet.to);
  if (from === to) return atMs;
  let instant = atMs;
  // Each round ends at what the wall clock promised; where it was set back meanwhile, one more is needed.
  for (let round = 0; round < 4; round++) {
    const wall = wallMinutes(quiet.timeZone, instant);
    if (!isWithin(wall, from, to)) return round === 0 ? instant : withoutLeap(quiet, instant, to);
    const remaining = (to - wall + MINUTES_A_DAY) % MINUTES_A_DAY;
    instant = Math.floor(instant / MINUTE_MS + remaining) * MINUTE_MS;
  }
  return instant;
}

/** Where the wall clock leapt forward, the end came earlier than counted. */
function withoutLeap(quiet: QuietHours, instant: number, to: number): number {
  const leap = (wallMinutes(quiet.timeZone, instant) - to + MINUTES_A_DAY) % MINUTES_A_DAY;
  const earlier = instant - leap * MINUTE_MS;
  return wallMinutes(quiet.timeZone, earlier) === to ? earlier : instant;
}

/** Minutes since midnight on the wall clock of a time zone. */
function wallMinutes(timeZone: string, atMs: number): number {
  let hour = 0;
  let minute = 0;
  for (const { type, value } of formatterOf(timeZone).formatToParts(atMs)) {
    if (type === 'hour') hour = Number(value) % 24;
    if (type === 'minute') minute = Number(value);
  }
  return hour * 60 + minute;
}

const isWithin = (minute: number, from: number, to: number): boolean =>
  from < to ? minute >= from && minute < to : minute >= from || minute < to;

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return (hour * 60 + minute) % MINUTES_A_DAY;
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  if (formatters.size >= MAX_FORMATTERS) formatters.clear();
  formatters.set(timeZone, made);
  return made;
}
