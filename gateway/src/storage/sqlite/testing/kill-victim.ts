/**
 * A process that writes until it is killed. Each line on stdout is a promise to be checked: the numbers
 * up to it are stored. Usage: kill-victim <database file> <first number>
 */
import { silentLogger } from '../../../kernel/logger.ts';
import { bytes, sampleDelivery } from '../../conformance/samples.ts';
import { openSqlite } from '../open.ts';

const [file = '', first = '0'] = process.argv.slice(2);
const storage = await openSqlite({ file, logger: silentLogger });
const { key } = await storage.sessions.create('default', 'shop', 1);

for (let n = Number(first); ; n++) {
  const orderKey = `chat${n % 5}`;
  await Promise.all([
    storage.devices.commit(key, { credentials: numbered(n) }),
    storage.events.append(sampleDelivery(`e${n}`, { orderKey })),
  ]);
  process.stdout.write(`${n}\n`);
}

function numbered(n: number): Uint8Array {
  return bytes(n >> 16, (n >> 8) & 255, n & 255);
}
