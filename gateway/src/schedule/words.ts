import type { Rhythm } from './rhythm.ts';

const NAMED: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** Longer lists of times are told by their fields. */
const MAX_TIMES = 6;

/** What a valid pattern means, in one plain sentence: "At 09:00 on Monday to Friday (UTC)." */
export function inWords({ cron, timeZone }: Pick<Rhythm, 'cron' | 'timeZone'>): string {
  const fields = (NAMED[cron.toLowerCase()] ?? cron).trim().split(/ +/);
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = fields;
  const days = [
    ...(day === '*' ? [] : [each(day, 'day', dayOfMonth)]),
    ...(weekday === '*' ? [] : [each(weekday, 'day of the week', dayOfWeek)]),
  ];
  const on = days.length > 0 ? ` on ${days.join(' or ')}` : '';
  const months = month === '*' ? '' : ` in ${each(month, 'month', monthName)}`;
  return `${timesOf(minute, hour)}${on}${months} (${timeZone}).`;
}

function timesOf(minute: string, hour: string): string {
  const times = wallTimes(minute, hour);
  if (times) return `At ${listed(times)}`;
  const every = /^\*(?:\/(\d+))?$/.exec(minute);
  const minutes = every ? everyNth(every[1], 'minute') : null;
  if (hour === '*') {
    return minutes
      ? capital(minutes)
      : `At ${each(minute, 'minute', plain('minute'))} of every hour`;
  }
  const hours = each(hour, 'hour', plain('hour'));
  return minutes
    ? `${capital(minutes)} of ${hours}`
    : `At ${each(minute, 'minute', plain('minute'))} of ${hours}`;
}

/** Null when the fields are no short lists of numbers. */
function wallTimes(minute: string, hour: string): string[] | null {
  if (!/^\d+(,\d+)*$/.test(minute) || !/^\d+(,\d+)*$/.test(hour)) return null;
  const two = (value: string) => value.padStart(2, '0').slice(-2);
  const times = hour
    .split(',')
    .flatMap((h) => minute.split(',').map((m) => `${two(h)}:${two(m)}`))
    .sort();
  return times.length > MAX_TIMES ? null : times;
}

/** A field in words: its parts, ranges and steps, each value by its name. */
function each(field: string, unit: string, name: (value: string) => string): string {
  return listed(
    field.split(',').map((part) => {
      const [range = '', step] = part.split('/');
      const [from = '', to] = range.split('-');
      const values = to === undefined ? name(from) : `${name(from)} to ${name(to)}`;
      if (step === undefined) return range === '*' ? `every ${unit}` : values;
      return range === '*' ? everyNth(step, unit) : `${everyNth(step, unit)} from ${values}`;
    }),
  );
}

const everyNth = (step: string | undefined, unit: string): string =>
  step === undefined || Number(step) === 1 ? `every ${unit}` : `every ${step} ${unit}s`;

const plain =
  (unit: string) =>
  (value: string): string =>
    `${unit} ${value}`;

function dayOfMonth(value: string): string {
  if (/^L$/i.test(value)) return 'the last day of the month';
  const nearest = /^(\d+)W$/i.exec(value);
  return nearest ? `the weekday nearest to day ${nearest[1]}` : `day ${value} of the month`;
}

function dayOfWeek(value: string): string {
  const [, day = value, rest = ''] = /^(\d|[a-z]{3})(#\d|#L|L)?$/i.exec(value) ?? [];
  const name =
    DAYS[/^\d$/.test(day) ? Number(day) % 7 : DAYS.findIndex((one) => startsWith(one, day))] ??
    value;
  if (rest === '') return name;
  return /L$/i.test(rest) ? `the last ${name} of the month` : `${name} number ${rest.slice(1)}`;
}

const monthName = (value: string): string =>
  MONTHS[
    /^\d+$/.test(value) ? Number(value) - 1 : MONTHS.findIndex((one) => startsWith(one, value))
  ] ?? value;

const startsWith = (name: string, short: string): boolean =>
  name.toLowerCase().startsWith(short.toLowerCase());

const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
