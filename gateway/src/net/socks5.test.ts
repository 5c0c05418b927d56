import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { connectBySocks } from './socks5.ts';

const CREDENTIALS = { user: 'shöp', password: 'p:ss' };
/** Granted, with the address 0.0.0.0:0. */
const GRANTED = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

let server: Server;
let client: Socket;
let heard: number[];

afterEach(async () => {
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** One answer of a proxy: after how many bytes in all it is due, and what it says. */
interface Answer {
  readonly after: number;
  readonly bytes: readonly number[];
}

/** Follows a script, byte by byte, and then says goodbye. */
async function play(socket: Socket, script: readonly Answer[]): Promise<void> {
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  const left = [...script];
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    heard.push(...chunk);
    while (left[0] && heard.length >= left[0].after) {
      // One byte to a packet: no reader may count on more.
      for (const byte of left.shift()?.bytes ?? []) {
        socket.write(Uint8Array.of(byte));
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }
    if (left.length === 0) socket.end();
  }
}

/** Connects to a proxy that follows the script. */
async function dial(...script: readonly Answer[]): Promise<void> {
  heard = [];
  server = createServer((socket) => void play(socket, script));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(client, 'connect');
}

const name = (host: string) => [3, host.length, ...Buffer.from(host)];
const request = (address: readonly number[]) => [5, 1, 0, ...address, 0x01, 0xbb];

it.each([
  ['a name', 'web.example', name('web.example')],
  ['an IPv4 address', '192.0.2.7', [1, 192, 0, 2, 7]],
  ['an IPv6 address', '2001:db8::7', [4, 0x20, 1, 0x0d, 0xb8, ...Array(11).fill(0), 7]],
])('asks for %s in the form that RFC 1928 has for it', async (_kind, host, address) => {
  const asked = request(address);
  await dial({ after: 3, bytes: [5, 0] }, { after: 3 + asked.length, bytes: GRANTED });
  await connectBySocks(client, { host, port: 443 }, null);
  expect(heard).toEqual([5, 1, 0, ...asked]);
});

it.each([
  ['an IPv4 address', [1, 127, 0, 0, 1, 0, 80]],
  ['a name', [...name('exit.example'), 0, 80]],
  ['an IPv6 address', [4, ...Array(16).fill(9), 0, 80]],
])('leaves what the target says behind %s to whoever reads next', async (_kind, bound) => {
  const reply = [5, 0, 0, ...bound, ...Buffer.from('hello')];
  await dial({ after: 3, bytes: [5, 0] }, { after: 3 + 10, bytes: reply });
  await connectBySocks(client, { host: '192.0.2.7', port: 443 }, null);
  const chunks: Buffer[] = [];
  for await (const chunk of client as AsyncIterable<Buffer>) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe('hello');
});

it('logs in as RFC 1929 says, with lengths in bytes', async () => {
  const user = Buffer.from(CREDENTIALS.user);
  const login = [1, user.length, ...user, 4, ...Buffer.from(CREDENTIALS.password)];
  await dial(
    { after: 4, bytes: [5, 2] },
    { after: 4 + login.length, bytes: [1, 0] },
    { after: 4 + login.length + 10, bytes: GRANTED },
  );
  await connectBySocks(client, { host: '192.0.2.7', port: 443 }, CREDENTIALS);
  expect(heard.slice(0, 4 + login.length)).toEqual([5, 2, 0, 2, ...login]);
});

it.each([
  ['another protocol', null, [{ after: 3, bytes: [...Buffer.from('HTTP/1.1 400')] }], 'protocol'],
  ['nothing', null, [], 'protocol'],
  ['half an answer', null, [{ after: 3, bytes: [5] }], 'protocol'],
  ['a wish for a password', null, [{ after: 3, bytes: [5, 0xff] }], 'credentials'],
  ['no interest in a password', CREDENTIALS, [{ after: 4, bytes: [5, 0xff] }], 'credentials'],
  [
    'a refusal of the password',
    CREDENTIALS,
    [
      { after: 4, bytes: [5, 2] },
      { after: 16, bytes: [1, 1] },
    ],
    'credentials',
  ],
  [
    'a refusal of the target',
    null,
    [
      { after: 3, bytes: [5, 0] },
      { after: 13, bytes: [5, 5, 0, 1, 0, 0, 0, 0, 0, 0] },
    ],
    'target',
  ],
  [
    'half an address',
    null,
    [
      { after: 3, bytes: [5, 0] },
      { after: 13, bytes: [5, 0, 0, 1, 127, 0] },
    ],
    'protocol',
  ],
] as const)(
  'says which step failed when the proxy answers with %s',
  async (_what, credentials, script, step) => {
    await dial(...script);
    const asked = connectBySocks(client, { host: '192.0.2.7', port: 443 }, credentials);
    await expect(asked).rejects.toMatchObject({ name: expect.any(String), step });
  },
);

it('refuses a name that is longer than the protocol can say', async () => {
  await dial({ after: 3, bytes: [5, 0] }, { after: 1_000, bytes: [] });
  const asked = connectBySocks(client, { host: 'a'.repeat(256), port: 443 }, null);
  await expect(asked).rejects.toMatchObject({ step: 'target' });
});
