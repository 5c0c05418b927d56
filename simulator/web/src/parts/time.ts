const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayName = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const fullDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

const DAY_MS = 24 * 3600 * 1000;

/** `14:05` */
export function timeOf(iso: string): string {
  return clock.format(new Date(iso));
}

/** In lists: the time for today, then the weekday, then the date. */
export function shortTimeOf(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const days = daysBetween(at, now);
  if (days === 0) return clock.format(at);
  if (days === 1) return 'Yesterday';
  return days < 7 ? dayName.format(at) : date.format(at);
}

/** Between two days of a conversation. */
export function dayOf(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const days = daysBetween(at, now);
  if (days === 0) return 'Today';
  return days === 1 ? 'Yesterday' : fullDate.format(at);
}

function daysBetween(one: Date, other: Date): number {
  const midnight = (time: Date) => new Date(time).setHours(0, 0, 0, 0);
  return Math.round((midnight(other) - midnight(one)) / DAY_MS);
}

/** `1:05` */
export function durationOf(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}

/** `+1 555 010 0000`, more or less: enough to be read, without knowing every country's rules. */
export function phoneOf(number: string): string {
  const groups = number.slice(0, -10)
    ? [number.slice(0, -10), number.slice(-10, -7), number.slice(-7, -4), number.slice(-4)]
    : [number];
  return `+${groups.join(' ')}`;
}
