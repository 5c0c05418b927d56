import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, judge, judgeChat, mayHandOut, type Permissions, type Use } from './judge.ts';
import { SCOPES, type Scope } from './scope.ts';

const free: Permissions = {
  scopes: ['*'],
  bindings: { sessions: null, chats: null, networks: null },
  expiresAtMs: null,
};
const bound = (bindings: Partial<Permissions['bindings']>): Permissions => ({
  ...free,
  bindings: { ...free.bindings, ...bindings },
});
const use = (change: Partial<Use> = {}): Use => ({
  scope: 'messages:send',
  address: '203.0.113.7',
  session: { id: 'support' },
  namesChat: true,
  ...change,
});
const code = (key: Permissions, wanted: Use) => {
  const judgement = judge(key, wanted);
  return judgement.ok ? 'ok' : judgement.code;
};

describe('judge', () => {
  it('asks for the scope', () => {
    expect(code(free, use())).toBe('ok');
    expect(code({ ...free, scopes: ['audit:read'] }, use())).toBe('scope_missing');
    expect(code({ ...free, scopes: [] }, use())).toBe('scope_missing');
  });

  it('holds a key to its sessions, also where none is named', () => {
    const key = bound({ sessions: ['support'] });
    expect(code(key, use())).toBe('ok');
    expect(code(key, use({ session: { id: 'sales' } }))).toBe('session_not_allowed');
    expect(code(key, use({ session: 'none' }))).toBe('session_not_allowed');
    expect(code(key, use({ session: 'filtered' }))).toBe('ok');
    expect(code(bound({ sessions: [] }), use())).toBe('session_not_allowed');
  });

  it('holds a key to its chats: routes that name none are out of reach', () => {
    const key = bound({ chats: ['5511999999999'] });
    expect(code(key, use())).toBe('ok');
    expect(code(key, use({ namesChat: false }))).toBe('chat_not_allowed');
    expect(code(key, use({ scope: 'events:read', namesChat: false }))).toBe('chat_not_allowed');
    expect(code(key, use({ scope: 'keys:write', namesChat: false }))).toBe('chat_not_allowed');
    expect(code(key, use({ scope: 'sessions:read', namesChat: false }))).toBe('ok');
  });

  it('holds a key to its networks', () => {
    const key = bound({ networks: ['203.0.113.0/24', '2001:db8::/32'] });
    expect(code(key, use())).toBe('ok');
    expect(code(key, use({ address: '::ffff:203.0.113.7' }))).toBe('ok');
    expect(code(key, use({ address: '2001:db8::1' }))).toBe('ok');
    expect(code(key, use({ address: '203.0.114.1' }))).toBe('address_not_allowed');
    expect(code(key, use({ address: 'unknown' }))).toBe('address_not_allowed');
  });
});

describe('judgeChat', () => {
  const bindings = { sessions: null, networks: null, chats: ['5511999999999', '120363@g.us'] };

  it.each([
    ['5511999999999', true],
    ['+55 11 99999-9999', true],
    ['5511999999999@s.whatsapp.net', true],
    ['5511999999999:3@c.us', true],
    ['120363@g.us', true],
    ['5511999999998', false],
    ['5511999999999@lid', false],
    ['120364@g.us', false],
    ['', false],
    [undefined, false],
    [['5511999999999'], false],
    [{ number: '5511999999999' }, false],
  ])('%o: %s', (named, ok) => {
    expect(judgeChat(bindings, named).ok).toBe(ok);
    expect(judgeChat({ ...bindings, chats: null }, named).ok).toBe(true);
  });
});

describe('contains', () => {
  it('agrees with arithmetic on v4', () => {
    const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
    const number = (parts: readonly number[]) => parts.reduce((sum, part) => sum * 256 + part, 0);
    fc.assert(
      fc.property(octets, octets, fc.integer({ min: 0, max: 32 }), (base, point, bits) => {
        const size = 2 ** (32 - bits);
        const expected = Math.floor(number(base) / size) === Math.floor(number(point) / size);
        expect(contains(`${base.join('.')}/${bits}`, point.join('.'))).toBe(expected);
      }),
    );
  });
});

describe('mayHandOut', () => {
  const list = (items: readonly string[]) => fc.option(fc.subarray([...items]), { nil: null });
  const permissions: fc.Arbitrary<Permissions> = fc.record({
    scopes: fc.subarray([...Object.keys(SCOPES), '*', 'messages:*', 'keys:*']),
    bindings: fc.record({
      sessions: list(['support', 'sales']),
      chats: list(['5511999999999', '5511888888888']),
      networks: list(['203.0.113.0/24', '203.0.113.128/25', '203.0.113.7', '198.51.100.0/24']),
    }),
    expiresAtMs: fc.option(fc.nat(3), { nil: null }),
  });
  const anyUse: fc.Arbitrary<Use> = fc.record({
    scope: fc.constantFrom(...(Object.keys(SCOPES) as Scope[])),
    address: fc.constantFrom('203.0.113.7', '203.0.113.200', '198.51.100.1', '192.0.2.1'),
    session: fc.constantFrom<Use['session']>(
      { id: 'support' },
      { id: 'sales' },
      { id: 'other' },
      'filtered',
      'none',
    ),
    namesChat: fc.boolean(),
  });
  const anyChat = fc.constantFrom('5511999999999', '5511888888888', '5511777777777');

  it('never makes a key that can do what its maker cannot', () => {
    fc.assert(
      fc.property(permissions, permissions, anyUse, anyChat, (own, made, wanted, chat) => {
        fc.pre(mayHandOut(own, made).ok);
        const isHeld = (made: boolean, own: boolean) => !made || own;
        expect(isHeld(judge(made, wanted).ok, judge(own, wanted).ok)).toBe(true);
        const chatOk = ({ bindings }: Permissions) => judgeChat(bindings, chat).ok;
        expect(isHeld(chatOk(made), chatOk(own))).toBe(true);
        const end = ({ expiresAtMs }: Permissions) => expiresAtMs ?? Number.POSITIVE_INFINITY;
        expect(end(made)).toBeLessThanOrEqual(end(own));
      }),
      { numRuns: 2_000 },
    );
  });

  it('lets everybody make a key like their own', () => {
    fc.assert(
      fc.property(permissions, (own) => {
        expect(mayHandOut(own, own).ok).toBe(true);
      }),
    );
  });
});
