import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DisconnectCause } from '../whatsapp/port.ts';
import { type Input, idleMachine, type Machine, STABLE_AFTER_MS, transition } from './machine.ts';
import { statusWord, userAction } from './state.ts';

const T0 = 1_700_000_000_000;
const at = (nowMs: number, chance = 0.5) => ({ nowMs, chance });
const self = { phone: '15550001', lid: null, pushName: null };
const cause = (code: number | null, extra: Partial<DisconnectCause> = {}): Input => ({
  type: 'closed',
  cause: { code, reason: 'test', ...extra },
});

const fresh = (paired = true): Machine =>
  idleMachine({ name: 'stopped', sinceMs: T0, reason: 'not_started' }, paired);

function run(inputs: readonly Input[], machine = fresh(), stepMs = 1_000): Machine {
  let current = machine;
  inputs.forEach((input, index) => {
    current = transition(current, input, at(T0 + (index + 1) * stepMs)).machine;
  });
  return current;
}

const inputs: fc.Arbitrary<Input> = fc.oneof(
  fc.constantFrom<Input>(
    { type: 'start' },
    { type: 'restart' },
    { type: 'stop' },
    { type: 'pair', phone: '15550001' },
    { type: 'retry_due' },
    { type: 'auth_corrupt' },
    { type: 'qr', text: 'q' },
    { type: 'pairing_code', phone: '15550001', code: 'ABCD2345', expiresAtMs: T0 + 160_000 },
    { type: 'paired', self },
    { type: 'open', self },
    { type: 'health', health: { kind: 'well' } },
    { type: 'health', health: { kind: 'ailing', reason: 'slow' } },
    { type: 'health', health: { kind: 'dead', reason: 'silent' } },
  ),
  fc
    .record({
      code: fc.constantFrom(null, 401, 403, 405, 408, 411, 428, 440, 500, 503, 515, 1006),
      qrExhausted: fc.boolean(),
    })
    .map(({ code, qrExhausted }) => cause(code, { qrExhausted })),
);

describe('disconnect codes', () => {
  it.each([
    [null, 'waiting_retry', 'connection_lost'],
    [408, 'waiting_retry', 'connection_lost'],
    [428, 'waiting_retry', 'connection_lost'],
    [1006, 'waiting_retry', 'connection_lost'],
    [503, 'waiting_retry', 'server_unavailable'],
    [500, 'waiting_retry', 'server_error'],
    [405, 'waiting_retry', 'version_refused'],
    [440, 'waiting_retry', 'used_elsewhere'],
    [401, 'waiting_retry', 'unlinked_unconfirmed'],
    [403, 'forbidden', 'account_refused'],
    [411, 'stopped', 'unsupported_account'],
    [515, 'connecting', 'restart_required'],
  ])('%s leads an open session to %s (%s)', (code, name, reason) => {
    const { state } = run([{ type: 'start' }, { type: 'open', self }, cause(code)]);
    expect(state).toMatchObject({ name, reason });
  });

  it('tries at once with another version when one was refused', () => {
    const { state } = run([{ type: 'start' }, cause(405, { anotherVersion: true })]);
    expect(state).toMatchObject({ name: 'connecting', reason: 'version_changed' });
  });

  it('confirms a 401 once before it believes it', () => {
    const machine = run([{ type: 'start' }, cause(401), { type: 'retry_due' }, cause(401)]);
    expect(machine.state).toMatchObject({ name: 'logged_out', reason: 'unlinked' });
  });

  it('forgets a doubtful 401 once the session opened', () => {
    const machine = run([
      { type: 'start' },
      cause(401),
      { type: 'retry_due' },
      { type: 'open', self },
      cause(401),
    ]);
    expect(machine.state.name).toBe('waiting_retry');
  });

  it('throws a half-made pairing away', () => {
    const started = run([{ type: 'start' }], fresh(false));
    const step = transition(started, cause(401), at(T0 + 5_000));
    expect(step.machine.state).toMatchObject({ name: 'stopped', reason: 'pairing_failed' });
    expect(step.effects).toContainEqual({ type: 'forget' });
  });

  it('gives up a connection that was taken over three times in ten minutes', () => {
    const round: Input[] = [{ type: 'open', self }, cause(440), { type: 'retry_due' }];
    expect(run([{ type: 'start' }, ...round, ...round]).state.name).toBe('connecting');
    expect(run([{ type: 'start' }, ...round, ...round, cause(440)]).state).toMatchObject({
      name: 'replaced',
    });
    expect(
      run([{ type: 'start' }, ...round, ...round, cause(440)], fresh(), 200_000).state.name,
    ).toBe('waiting_retry');
  });

  it('stops restarting at once when the server asks for it again and again', () => {
    const many = Array.from({ length: 4 }, () => cause(515));
    expect(run([{ type: 'start' }, ...many]).state.name).toBe('waiting_retry');
  });

  it('waits slowly for a server that cannot prove itself', () => {
    const { state } = run([{ type: 'start' }, cause(null, { untrustedServer: true })]);
    expect(state).toMatchObject({ name: 'waiting_retry', reason: 'untrusted_server' });
    expect(userAction(state)).toContain('WHATSAPP_ROOT_KEY');
  });
});

describe('health', () => {
  const ailing: Input = { type: 'health', health: { kind: 'ailing', reason: 'slow' } };
  const dead: Input = { type: 'health', health: { kind: 'dead', reason: 'silent' } };
  const well: Input = { type: 'health', health: { kind: 'well' } };

  it('degrades an open session and mends it', () => {
    const bad = run([{ type: 'start' }, { type: 'open', self }, ailing]);
    expect(bad.state).toMatchObject({ name: 'degraded', reason: 'slow' });
    expect(statusWord(bad.state)).toBe('open');
    expect(run([well], bad).state.name).toBe('open');
  });

  it('closes a dead connection before it makes a new one', () => {
    const open = run([{ type: 'start' }, { type: 'open', self }, ailing]);
    const step = transition(open, dead, at(T0));
    expect(step.machine.state).toMatchObject({ name: 'waiting_retry', reason: 'unresponsive' });
    expect(step.effects.map(({ type }) => type)).toEqual(['close', 'schedule_retry']);
  });

  it('is of no account to a session that is not connected', () => {
    for (const input of [ailing, dead, well]) {
      const connecting = run([{ type: 'start' }]);
      expect(transition(connecting, input, at(T0)).machine).toBe(connecting);
    }
  });
});

describe('pairing', () => {
  it('counts QR codes, restarts after pairing, and opens', () => {
    const showing = run([{ type: 'start' }, { type: 'qr', text: 'a' }, { type: 'qr', text: 'b' }]);
    expect(showing.state).toMatchObject({ name: 'qr', qr: 'b', qrNumber: 2 });
    const paired = run([{ type: 'paired', self }, cause(515), { type: 'open', self }], showing);
    expect(paired.state.name).toBe('open');
    expect(paired.history.paired).toBe(true);
  });

  it('stops when nobody scans, and start revives it', () => {
    const ended = run([
      { type: 'start' },
      { type: 'qr', text: 'a' },
      cause(408, { qrExhausted: true }),
    ]);
    expect(ended.state).toMatchObject({ name: 'stopped', reason: 'qr_timeout' });
    const step = transition(ended, { type: 'start' }, at(T0));
    expect(step.effects).toEqual([{ type: 'connect', forget: false, pairWith: null }]);
  });

  it('pairs anew after a logout, without the old identity', () => {
    const out = run([{ type: 'start' }, cause(401), { type: 'retry_due' }, cause(401)]);
    const step = transition(out, { type: 'start' }, at(T0));
    expect(step.effects).toEqual([{ type: 'connect', forget: true, pairWith: null }]);
  });
});

describe('a pairing code', () => {
  const phone = '15550001';
  const code = (expiresAtMs: number): Input => ({
    type: 'pairing_code',
    phone,
    code: 'ABCD2345',
    expiresAtMs,
  });
  const shown = run([{ type: 'pair', phone }, code(T0 + 160_000)], fresh(false));

  it('is asked for on a fresh connection, whatever an unpaired session does', () => {
    for (const before of [
      [],
      [{ type: 'start' }],
      [{ type: 'start' }, { type: 'qr', text: 'a' }],
    ]) {
      const machine = run(before as Input[], fresh(false));
      const { effects } = transition(machine, { type: 'pair', phone }, at(T0));
      expect(effects).toEqual([
        { type: 'cancel_retry' },
        { type: 'close' },
        { type: 'connect', forget: false, pairWith: phone },
      ]);
    }
    expect(statusWord(shown.state)).toBe('connecting');
    expect(userAction(shown.state)).toContain('Link with phone number');
  });

  it('stays for whoever asks again, until it is about to expire or for another phone', () => {
    const again = (machine: Machine, who: string, nowMs: number) =>
      transition(machine, { type: 'pair', phone: who }, at(nowMs)).effects.length;
    expect(again(shown, phone, T0 + 5_000)).toBe(0);
    expect(again(shown, phone, T0 + 131_000)).toBe(3);
    expect(again(shown, '15550002', T0 + 5_000)).toBe(3);
    const asked = run([{ type: 'pair', phone }], fresh(false));
    expect(again(asked, phone, T0)).toBe(0);
    expect(again(asked, '15550002', T0)).toBe(3);
  });

  it('is never asked for over an identity that may still be good', () => {
    fc.assert(
      fc.property(fc.array(inputs), (script) => {
        const machine = run(script);
        const { effects } = transition(machine, { type: 'pair', phone }, at(T0));
        if (effects.length > 0) {
          expect(machine.history.paired && machine.state.name !== 'logged_out').toBe(false);
        }
      }),
    );
  });

  it('is asked for again after the network failed, and not after it was given up', () => {
    const dropped = run([cause(428)], shown);
    expect(transition(dropped, { type: 'retry_due' }, at(T0)).effects).toContainEqual({
      type: 'connect',
      forget: false,
      pairWith: phone,
    });
    for (const pairing of ['code_expired', 'code_refused'] as const) {
      const ended = run([cause(408, { pairing })], shown);
      expect(ended.state.name).toBe('stopped');
      const { effects } = transition(ended, { type: 'start' }, at(T0));
      expect(effects).toEqual([{ type: 'connect', forget: false, pairWith: null }]);
    }
  });

  it('ends with the pairing: the restart that follows is a login', () => {
    const paired = run([{ type: 'paired', self }], shown);
    const { effects } = transition(paired, cause(515), at(T0));
    expect(effects).toEqual([{ type: 'connect', forget: false, pairWith: null }]);
  });
});

describe('restart', () => {
  it('makes a new connection in every state, and keeps the identity', () => {
    fc.assert(
      fc.property(fc.array(inputs), fc.boolean(), (script, paired) => {
        const machine = run(script, fresh(paired));
        const step = transition(machine, { type: 'restart' }, at(T0));
        expect(step.machine.state).toMatchObject({ name: 'connecting', reason: 'restarted' });
        expect(step.effects.at(-1)).toEqual({
          type: 'connect',
          forget: machine.state.name === 'logged_out',
          pairWith: null,
        });
      }),
    );
  });
});

describe('backoff', () => {
  it('starts anew only after a connection that held', () => {
    const flapping = run(
      Array.from({ length: 20 }, (_, i): Input[] => [
        i === 0 ? { type: 'start' } : { type: 'retry_due' },
        { type: 'open', self },
        cause(428),
      ]).flat(),
    );
    expect(flapping.failures).toBe(20);
    const held = transition(
      { ...flapping, state: { name: 'open', sinceMs: T0 } },
      cause(428),
      at(T0 + STABLE_AFTER_MS),
    );
    expect(held.machine.failures).toBe(1);
  });
});

describe('properties', () => {
  it('is total, never retries later than the cap, and start always leads back up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(inputs, fc.double({ min: 0, max: 0.999, noNaN: true }))),
        fc.boolean(),
        (script, paired) => {
          let machine = fresh(paired);
          let nowMs = T0;
          for (const [input, chance] of script) {
            nowMs += 500;
            const step = transition(machine, input, at(nowMs, chance));
            machine = step.machine;
            for (const effect of step.effects) {
              if (effect.type !== 'schedule_retry') continue;
              expect(effect.atMs - nowMs).toBeLessThanOrEqual(300_000);
              expect(machine.state.name).toBe('waiting_retry');
            }
            expect(['open', 'qr', 'close', 'connecting']).toContain(statusWord(machine.state));
          }
          const revived = transition(machine, { type: 'start' }, at(nowMs));
          expect(['connecting', 'qr', 'pairing', 'open', 'degraded']).toContain(
            revived.machine.state.name,
          );
        },
      ),
    );
  });

  it('a session that waits always has a retry scheduled, and only network codes never end it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(null, 408, 428, 503, 1006, 500, 405), {
          minLength: 1,
          maxLength: 60,
        }),
        (codes) => {
          let machine = run([{ type: 'start' }, { type: 'open', self }]);
          for (const code of codes) {
            const step = transition(machine, cause(code), at(T0 + 1_000));
            expect(step.effects.some((effect) => effect.type === 'schedule_retry')).toBe(true);
            machine = transition(step.machine, { type: 'retry_due' }, at(T0 + 2_000)).machine;
            expect(machine.state.name).toBe('connecting');
          }
        },
      ),
    );
  });
});
