import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, isGrant, mayPassOn, SCOPES, type Scope } from './scope.ts';

const all = Object.keys(SCOPES) as Scope[];
const resources = [...new Set(all.map((scope) => scope.split(':')[0]))].filter(
  (resource) => resource !== 'service',
);
const grants = [...all, '*', ...resources.map((resource) => `${resource}:*`)];
const anyGrants = fc.subarray(grants);

describe('scopes', () => {
  it('takes scopes and wildcards of resources that exist, and nothing else', () => {
    for (const grant of grants) expect(isGrant(grant)).toBe(true);
    const wrong = [
      '',
      ':*',
      'nothing:*',
      'service:*',
      'sessions',
      'sessions:',
      'sessions:*:*',
      '**',
      'toString',
      '__proto__',
      'constructor',
      'SESSIONS:READ',
      ' *',
      'sess*',
      'messages:send*',
    ];
    expect(wrong.filter(isGrant)).toEqual([]);
  });

  it('keeps what is beyond a workspace out of every wildcard', () => {
    const wildcards = grants.filter((grant) => grant.endsWith('*'));
    expect(covers(wildcards, 'service:metrics')).toBe(false);
    expect(covers(wildcards, 'service:workspaces')).toBe(false);
    expect(covers(['service:metrics'], 'service:metrics')).toBe(true);
    expect(covers(['service:*'], 'service:metrics')).toBe(false);
    expect(mayPassOn(wildcards, 'service:metrics')).toBe(false);
  });

  it('does not take one verb for another that starts like it', () => {
    expect(covers(['messages:send'], 'messages:send_bulk')).toBe(false);
    expect(covers(['messages:send_bulk'], 'messages:send')).toBe(false);
    expect(covers(['workspace:*'], 'service:workspaces')).toBe(false);
  });

  it('covers by exact name, by resource, or by the star', () => {
    fc.assert(
      fc.property(anyGrants, fc.constantFrom(...all), (held, scope) => {
        const [resource] = scope.split(':');
        const expected =
          held.includes(scope) ||
          (resource !== 'service' && (held.includes('*') || held.includes(`${resource}:*`)));
        expect(covers(held, scope)).toBe(expected);
      }),
    );
  });

  it('never lets anybody pass on more than they hold', () => {
    fc.assert(
      fc.property(
        anyGrants,
        fc.constantFrom(...grants),
        fc.constantFrom(...all),
        (own, given, scope) => {
          fc.pre(mayPassOn(own, given));
          expect(!covers([given], scope) || covers(own, scope)).toBe(true);
        },
      ),
    );
  });

  it('holds nothing without grants', () => {
    for (const scope of all) expect(covers([], scope)).toBe(false);
  });
});
