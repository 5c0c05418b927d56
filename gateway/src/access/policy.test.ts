import { describe, expect, it } from 'vitest';
import { type AccessSettings, decidePolicy } from './policy.ts';

const decide = (change: Partial<AccessSettings>) => {
  const policy = decidePolicy({
    auth: 'auto',
    offUnderstood: false,
    hasApiKey: false,
    production: false,
    host: '0.0.0.0',
    ...change,
  });
  return policy.ok ? policy.mode : 'refused';
};

describe('decidePolicy', () => {
  it.each<[Partial<AccessSettings>, string]>([
    [{}, 'local'],
    [{ hasApiKey: true }, 'strict'],
    [{ production: true }, 'strict'],
    [{ auth: 'strict' }, 'strict'],
    [{ auth: 'strict', offUnderstood: true }, 'strict'],
    [{ offUnderstood: true }, 'local'],
    [{ auth: 'off' }, 'refused'],
    [{ auth: 'off', host: '::' }, 'refused'],
    [{ auth: 'off', host: '192.168.1.5' }, 'refused'],
    [{ auth: 'off', host: 'gateway.example' }, 'refused'],
    [{ auth: 'off', host: '127.0.0.1' }, 'off'],
    [{ auth: 'off', host: 'localhost' }, 'off'],
    [{ auth: 'off', host: '::1' }, 'off'],
    [{ auth: 'off', host: '127.0.0.1', production: true }, 'refused'],
    [{ auth: 'off', offUnderstood: true }, 'off'],
    [{ auth: 'off', offUnderstood: true, production: true }, 'off'],
  ])('%o: %s', (change, expected) => {
    expect(decide(change)).toBe(expected);
  });

  it('warns whenever somebody gets in without a key', () => {
    const base = { offUnderstood: true, hasApiKey: false, production: false, host: '::1' };
    for (const auth of ['auto', 'off', 'strict'] as const) {
      const policy = decidePolicy({ ...base, auth });
      expect(policy.ok && (policy.warning === null) === (policy.mode === 'strict')).toBe(true);
    }
  });
});
