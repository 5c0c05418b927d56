/**
 * Events and webhooks in a process that is made to be killed: reports 50 messages a second, and prints
 * the number of each once it is committed. Usage: victim <folder> <receiver URL> <first number> <how many>
 */
import { setTimeout as pause } from 'node:timers/promises';
import { openSqlite } from '../../gateway/src/storage/sqlite/open.ts';
import { endpoint, message, openHouse } from '../../gateway/src/webhooks/testing/house.ts';

const [folder = '', url = '', first = '0', count = '0'] = process.argv.slice(2);
const retryDelaysMs = Array.from({ length: 20 }, () => 50);
const house = await openHouse(openSqlite, folder, {
  endpoints: [endpoint('one', url, { retryDelaysMs, timeoutMs: 300 })],
});

for (let n = Number(first); n < Number(first) + Number(count); n++) {
  await house.events.report([message(String(n), `chat-${n % 5}`)]);
  process.stdout.write(`${n}\n`);
  await pause(20);
}
const pending = () => house.storage.webhooks.countDeliveries('one', { state: 'pending' });
while ((await pending()) > 0) {
  // Nobody should have to wait for the breaker here; switching on forgets what failed.
  await house.webhooks.endpoints.update('default', 'one', { active: true });
  await pause(100);
}
const failed = await house.storage.webhooks.countDeliveries('one', { state: 'failed' });
process.stdout.write(`drained, ${failed} failed\n`);
await house.stop();
