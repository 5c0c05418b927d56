import { describe, expect, it } from 'vitest';
import { isForeignPage, locality } from './locality.ts';

interface Facts {
  readonly peer?: string;
  readonly host?: string;
  readonly httpVersion?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const isLocal = ({
  peer = '127.0.0.1',
  host = 'localhost:3000',
  httpVersion = '1.1',
  headers = {},
}: Facts) => locality({ peer, host, httpVersion, header: (name) => headers[name] }).local;

describe('locality', () => {
  it.each<Facts>([
    {},
    { peer: '::1', host: '[::1]:3000' },
    { peer: '::ffff:127.0.0.1', host: '127.0.0.1:3000' },
    { peer: '127.8.8.8', host: 'LOCALHOST' },
    { headers: { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' } },
    { headers: { 'sec-fetch-site': 'none' } },
    { headers: { referer: 'http://localhost:3000/docs' } },
  ])('takes %o for the machine itself', (facts) => {
    expect(isLocal(facts)).toBe(true);
  });

  it.each<[string, Facts]>([
    ['another machine', { peer: '192.168.1.5' }],
    ['a container through its bridge', { peer: '172.17.0.1' }],
    ['a foreign name that points here', { host: 'evil.example:3000' }],
    ['a foreign name that looks local', { host: 'localhost.evil.example' }],
    ['a wildcard DNS name', { host: '127.0.0.1.nip.io:3000' }],
    ['a subdomain of localhost', { host: 'evil.localhost' }],
    ['the unspecified address', { host: '0.0.0.0:3000' }],
    ['an address of the local network', { host: '192.168.1.5:3000' }],
    ['a host with user info', { host: 'localhost@evil.example' }],
    ['a host with a path', { host: 'localhost/evil' }],
    ['an empty host', { host: '' }],
    ['a reverse proxy', { headers: { 'x-forwarded-for': '203.0.113.1' } }],
    ['a standard proxy', { headers: { forwarded: 'for=203.0.113.1' } }],
    ['a tunnel', { headers: { 'cf-connecting-ip': '203.0.113.1' } }],
    ['an empty forwarding header', { headers: { 'x-forwarded-for': '' } }],
    ['nginx as it comes', { httpVersion: '1.0' }],
    ['a foreign page', { headers: { origin: 'https://evil.example' } }],
    ['a page on another port', { headers: { origin: 'http://localhost:8080' } }],
    ['a sandboxed page', { headers: { origin: 'null' } }],
    ['a form on a foreign page', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['a page of the same site', { headers: { 'sec-fetch-site': 'same-site' } }],
    ['an image on a foreign page', { headers: { referer: 'https://evil.example/' } }],
  ])('does not take %s for the machine itself', (_name, facts) => {
    expect(isLocal(facts)).toBe(false);
  });

  it('does not take a request without a peer or host for the machine itself', () => {
    const header = () => undefined;
    const httpVersion = '1.1';
    expect(locality({ peer: undefined, host: 'localhost', httpVersion, header }).local).toBe(false);
    expect(locality({ peer: '::1', host: undefined, httpVersion, header }).local).toBe(false);
  });
});

describe('isForeignPage', () => {
  it('compares with the host that was asked', () => {
    const page = (origin: string) =>
      isForeignPage({
        host: 'gateway.example',
        header: (name) => (name === 'origin' ? origin : undefined),
      });
    expect(page('https://gateway.example')).toBe(false);
    expect(page('https://gateway.example:8443')).toBe(true);
    expect(page('file://')).toBe(true);
  });
});
