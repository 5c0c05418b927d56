import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readProxyUrl } from './proxy-url.ts';

const read = (text: string) => {
  const result = readProxyUrl(text);
  return result.ok ? result.proxy : result.reason;
};

it.each([
  ['http://proxy.example', { scheme: 'http', host: 'proxy.example', port: 80 }],
  ['https://proxy.example', { scheme: 'https', host: 'proxy.example', port: 443 }],
  ['socks5://proxy.example', { scheme: 'socks5', host: 'proxy.example', port: 1_080 }],
  ['socks5h://PROXY.example:9050/', { scheme: 'socks5', host: 'proxy.example', port: 9_050 }],
  ['socks5://[2001:db8::1]:80', { scheme: 'socks5', host: '2001:db8::1', port: 80 }],
  // One form for each address, or a guard could be walked around.
  ['socks5://0x7f.1', { scheme: 'socks5', host: '127.0.0.1', port: 1_080 }],
])('reads %s', (text, expected) => {
  expect(read(text)).toMatchObject({ ...expected, credentials: null });
});

it.each([
  ['proxy.example:8080', 'only http, https and socks5'],
  ['ftp://proxy.example', 'only http, https and socks5'],
  ['socks4://proxy.example', 'only http, https and socks5'],
  ['not a URL', 'it is not a URL'],
  ['socks5://', 'host'],
  ['socks5://a b', 'it is not a URL'],
  ['http://proxy.example:0', 'its port is none'],
  ['http://proxy.example/path', 'nothing may follow the port'],
  ['socks5://proxy.example?a=1', 'nothing may follow the port'],
  ['http://proxy.example#a', 'nothing may follow the port'],
  ['http://%zz:b@proxy.example', 'not percent-encoded'],
  [`http://${'u'.repeat(256)}@proxy.example`, '255 bytes at most'],
  [`http://${'a'.repeat(2_050)}`, 'longer than 2048 characters'],
])('refuses %s', (text, reason) => {
  expect(read(text)).toContain(reason);
});

it('gives back any user and password, and shows the password nowhere', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(
      fc.constantFrom('http', 'https', 'socks5', 'socks5h'),
      word,
      word.map((tail) => `secret ${tail}`),
      fc.integer({ min: 1, max: 65_535 }),
      (scheme, user, password, port) => {
        const [name, secret] = [encodeURIComponent(user), encodeURIComponent(password)];
        const result = readProxyUrl(`${scheme}://${name}:${secret}@proxy.example:${port}`);
        if (!result.ok) throw new Error(result.reason);
        expect(result.proxy).toMatchObject({ port, credentials: { user, password } });
        expect(result.proxy.masked).not.toContain(secret);
      },
    ),
  );
});

it('takes any text, and never repeats what it was given in its reason', () => {
  const readable = fc.oneof(fc.string(), fc.webUrl());
  expect(() =>
    fc.assert(
      fc.property(readable, (text) => {
        const result = readProxyUrl(text);
        return result.ok || text.length <= 12 || !result.reason.includes(text);
      }),
    ),
  ).not.toThrow();
});
