import { describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { isAllowed, parseAllowList } from './allow-list.ts';
import { createOutbound } from './outbound.ts';

/** What the hostile names of the table resolve to. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'metadata.example': ['169.254.169.254'],
  'inner.example': ['10.0.0.7'],
  'mixed.example': ['93.184.215.14', '192.168.0.1'],
  'mixed6.example': ['2606:2800:21f:cb07:6820:80da:af6b:8b2c', 'fd00::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64.example': ['64:ff9b::a00:1'],
  'sixtofour.example': ['2002:7f00:1::'],
  'teredo.example': ['2001:0:7f00:1::'],
  'cgnat.example': ['100.100.100.200'],
  'ula.example': ['fd12:3456::1'],
  'linklocal6.example': ['fe80::1'],
  localhost: ['127.0.0.1', '::1'],
  'kubernetes.default.svc': ['10.96.0.1'],
  'junk.example': ['not an address'],
};

const HOSTILE: readonly string[] = [
  // Loopback in every notation.
  'http://127.0.0.1/',
  'http://127.0.0.1:6379/',
  'http://127.1/',
  'http://127.0.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.0.0.1/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://0x7f.1/',
  'http://127.255.255.254/',
  'http://127.0.0.1./',
  'http://①②⑦.⓪.⓪.①/',
  'http://127。0。0。1/',
  'http://%31%32%37.0.0.1/',
  'http:\\\\127.0.0.1/',
  'http:127.0.0.1/',
  'http://LOCALHOST:3000/',
  'http://localhost./',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::127.0.0.1]/',
  'http://[0000:0000:0000:0000:0000:ffff:7f00:0001]/',
  // This host, and nobody.
  'http://0.0.0.0/',
  'http://0/',
  'http://[::]/',
  'http://0.1.2.3/',
  // The inner network.
  'http://10.0.0.1/',
  'http://10.255.255.255/',
  'http://012.0.0.1/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.1.1/',
  'http://3232235777/',
  'http://0xc0.0xa8.1.1/',
  'http://100.64.0.1/',
  'http://100.127.255.255/',
  'http://[fc00::1]/',
  'http://[fdff::1]/',
  'http://[fec0::1]/',
  'http://[::ffff:10.0.0.1]/',
  'http://[::ffff:0:10.0.0.1]/',
  // Metadata services.
  'http://169.254.169.254/latest/meta-data/',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[fd00:ec2::254]/',
  'http://[fe80::a9fe:a9fe]/',
  'http://100.100.100.200/',
  'http://192.0.0.192/',
  // Addresses inside addresses.
  'http://[64:ff9b::7f00:1]/',
  'http://[64:ff9b::169.254.169.254]/',
  'http://[64:ff9b:1::a00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[2002:a9fe:a9fe::]/',
  'http://[2001:0:7f00:1::]/',
  // Reserved, documentation, benchmarking, multicast, broadcast, unassigned.
  'http://192.0.2.1/',
  'http://198.18.0.1/',
  'http://198.51.100.1/',
  'http://203.0.113.1/',
  'http://192.88.99.1/',
  'http://224.0.0.1/',
  'http://239.255.255.250/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
  'http://[ff02::1]/',
  'http://[2001:db8::1]/',
  'http://[3fff::1]/',
  'http://[100::1]/',
  'http://[4000::1]/',
  'http://[5f00::1]/',
  // Names that lead inside.
  ...Object.keys(NAMES).map((name) => `http://${name}/`),
  'https://metadata.example/',
  'https://inner.example./',
  // No way to say where it goes, or another protocol.
  'http://user@example.org/',
  'http://user:password@example.org/',
  'http://example.org@127.0.0.1/',
  'http://127.0.0.1#@example.org/',
  'ftp://example.org/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_INFO',
  'data:text/plain,hello',
  'javascript:alert(1)',
  'unix:/var/run/docker.sock',
  'blob:http://127.0.0.1/1',
  'ws://127.0.0.1/',
  '//127.0.0.1/',
  '/etc/passwd',
  '',
  'http://',
  'http://[::1',
  'http://256.256.256.256/',
  'http://1.2.3.4.5/',
  'http://exa mple.org/',
  `http://example.org/${'a'.repeat(8192)}`,
];

describe('the guard', () => {
  const outbound = createOutbound({
    allow: [],
    clock: systemClock,
    resolve: async (hostname) => {
      const name = hostname.replace(/\.$/, '');
      const found = NAMES[name];
      if (!found) throw new Error(`${name} must not be looked up`);
      return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
  });

  it('knows at least 60 hostile URLs', () => {
    expect(new Set(HOSTILE).size).toBeGreaterThanOrEqual(60);
  });

  it.each(HOSTILE)('refuses %s before a byte is sent', async (url) => {
    const options = { method: 'GET', deadlineMs: 5_000, maxBodyBytes: 10 } as const;
    expect(await outbound.request(url, options)).toMatchObject({ kind: 'failed', stage: 'guard' });
  });

  it.each(HOSTILE)('says beforehand what is wrong with %s', async (url) => {
    expect(await outbound.inspect(url)).toEqual(expect.any(String));
  });

  it('finds nothing wrong with public places and unknown names', async () => {
    for (const url of ['https://93.184.215.14/', 'http://[2606:2800:21f::1]/', 'http://unknown/']) {
      expect(await outbound.inspect(url)).toBeNull();
    }
  });

  it.each(HOSTILE)('does not download %s', async (url) => {
    const limits = { maxBytes: 10, deadlineMs: 5_000, maxRedirects: 0, accepts: () => true };
    const outcome = await outbound.download(url, '/nonexistent/file', limits);
    expect(outcome).toMatchObject({ kind: 'not_saved', reason: 'blocked' });
  });
});

describe('the allow list', () => {
  const open = (entries: readonly string[], host: string, address = host) =>
    isAllowed(parseAllowList(entries), host, address);

  it('lets public addresses through, also inside v6 forms', () => {
    for (const address of [
      '93.184.215.14',
      '2606:2800:21f::1',
      '::ffff:8.8.8.8',
      '64:ff9b::808:808',
    ]) {
      expect(open([], address)).toBe(true);
    }
  });

  it('opens private networks to a name, but neither loopback nor metadata', () => {
    expect(open(['n8n'], 'n8n', '172.18.0.3')).toBe(true);
    expect(open(['n8n'], 'N8N.', 'fd00::3')).toBe(true);
    expect(open(['n8n'], 'other', '172.18.0.3')).toBe(false);
    expect(open(['n8n'], 'n8n', '127.0.0.1')).toBe(false);
    expect(open(['n8n'], 'n8n', '169.254.169.254')).toBe(false);
    expect(open(['n8n'], 'n8n', 'ff02::1')).toBe(false);
    expect(open(['localhost'], 'localhost', '::1')).toBe(true);
    expect(open(['localhost'], 'other', '127.0.0.1')).toBe(false);
  });

  it('opens a network as a whole, loopback and link-local only by name of their own', () => {
    expect(open(['10.0.0.0/8'], '10.1.2.3')).toBe(true);
    expect(open(['10.0.0.0/8'], '::ffff:10.1.2.3')).toBe(true);
    expect(open(['10.0.0.0/8'], 'inner.example', '10.1.2.3')).toBe(true);
    expect(open(['10.0.0.0/8'], '11.1.2.3', '192.168.0.1')).toBe(false);
    expect(open(['192.168.1.7'], '192.168.1.7')).toBe(true);
    expect(open(['192.168.1.7'], '192.168.1.8')).toBe(false);
    expect(open(['[fd00::7]'], 'fd00::7')).toBe(true);
    expect(open(['fd00::/8'], 'fd99::1')).toBe(true);
    expect(open(['0.0.0.0/0'], '10.0.0.1')).toBe(true);
    expect(open(['0.0.0.0/0'], '127.0.0.1')).toBe(false);
    expect(open(['0.0.0.0/0'], '169.254.169.254')).toBe(false);
    expect(open(['127.0.0.0/8'], '127.0.0.1')).toBe(true);
  });

  it.each(['http://n8n', 'n8n:5678', 'a b', '', '10.0.0.0/33', 'user@n8n', '[::1', 'n8n/path'])(
    'refuses the entry "%s" by name',
    (entry) => {
      expect(() => parseAllowList([entry])).toThrow(`"${entry}"`);
    },
  );
});
