import { type Finding, fail, ok, warn } from './finding.ts';

const GIGABYTE = 1e9;
/** Less than this and SQLite may fail within the hour; WhatsApp's history alone can be hundreds of MB. */
const LEAST_FREE_BYTES = 0.2 * GIGABYTE;
const LITTLE_FREE_BYTES = 2 * GIGABYTE;

/** Signed links and webhook signatures are good for minutes; receivers of signatures allow five. */
const SKEW_WARN_MS = 30_000;
const SKEW_FAIL_MS = 5 * 60_000;

/** Whether this Node.js runs the service, and well. */
export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    return fail('node', `Node.js ${version} is too old`, 'Install Node.js 24 (20.19 at least).');
  }
  if (major < 24) {
    return warn(
      'node',
      `Node.js ${version} works`,
      'The image runs Node.js 24, which is recommended.',
    );
  }
  return ok('node', `Node.js ${version}`);
}

/** Whether the disk has room. */
export function judgeSpace(freeBytes: number): Finding {
  const found = `${(freeBytes / GIGABYTE).toFixed(1)} GB free for DATA_DIR`;
  if (freeBytes < LEAST_FREE_BYTES) {
    return fail('disk', found, 'Free some space: a full disk stops receiving and sending.');
  }
  if (freeBytes < LITTLE_FREE_BYTES) {
    return warn('disk', found, 'Free some space, or shorten MESSAGE_RETENTION_DAYS.');
  }
  return ok('disk', found);
}

/**
 * Compares our clock with a `Date` header, which has whole seconds and was written somewhere between
 * asking and hearing the answer.
 */
export function judgeClock(header: string | null, askedAtMs: number, heardAtMs: number): Finding {
  const theirs = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(theirs)) {
    return warn(
      'clock',
      'the answer carried no date to compare with',
      'Compare the clock by hand.',
    );
  }
  const skewMs = Math.max(0, theirs - heardAtMs, askedAtMs - (theirs + 1000));
  const found = `the clock is ${Math.round(skewMs / 1000)} s off`;
  const todo = 'Let the machine keep its time by NTP: signatures and logins depend on it.';
  if (skewMs >= SKEW_FAIL_MS) return fail('clock', found, todo);
  if (skewMs >= SKEW_WARN_MS) return warn('clock', found, todo);
  return ok('clock', skewMs < 2_000 ? 'the clock is right' : found);
}

/** Whether others on the machine can read what only the service should. */
export function judgeModes(exposed: readonly string[]): Finding {
  if (exposed.length === 0) return ok('key files', 'only their owner can read them');
  return warn(
    'key files',
    `others on this machine can read ${exposed.join(', ')}`,
    'In DATA_DIR: chmod 600 on files, chmod 700 on the folder itself.',
  );
}
