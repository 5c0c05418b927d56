import { expect, it } from 'vitest';
import { inWords } from './words.ts';

it.each([
  ['0 9 * * 1-5', 'At 09:00 on Monday to Friday (UTC).'],
  ['0 9,17 * * *', 'At 09:00 and 17:00 (UTC).'],
  ['* * * * *', 'Every minute (UTC).'],
  ['*/15 8-18 * * *', 'Every 15 minutes of hour 8 to hour 18 (UTC).'],
  ['5 * * * *', 'At minute 5 of every hour (UTC).'],
  ['0 */2 * * *', 'At minute 0 of every 2 hours (UTC).'],
  ['30 8 1 1,7 *', 'At 08:30 on day 1 of the month in January and July (UTC).'],
  ['0 9 L * FRI#2', 'At 09:00 on the last day of the month or Friday number 2 (UTC).'],
  [
    '0 9 15W * 5L',
    'At 09:00 on the weekday nearest to day 15 or the last Friday of the month (UTC).',
  ],
  ['@weekly', 'At 00:00 on Sunday (UTC).'],
])('%s: %s', (cron, words) => {
  expect(inWords({ cron, timeZone: 'UTC' })).toBe(words);
});
