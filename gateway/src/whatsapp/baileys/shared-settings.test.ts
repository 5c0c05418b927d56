import { proto, type WAPatchCreate } from 'baileys';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import { Unanswered } from '../port.ts';
import { node } from './question.ts';
import { refuseUnlessTaken, type SettingsSocket, shareChange } from './shared-settings.ts';

const answer = (attrs: Record<string, string>, error?: Record<string, string>) =>
  node('iq', { type: 'result' }, [
    node('sync', {}, [node('collection', attrs, error ? [node('error', error)] : undefined)]),
  ]);

describe('the answer to a change of shared settings', () => {
  it('is success only when the collection was written', () => {
    expect(() => refuseUnlessTaken(answer({ name: 'regular', version: '7' }))).not.toThrow();
  });

  it.each([
    ['409', 'conflict'],
    ['400', 'bad-request'],
  ])('is a refusal with %s', (code, text) => {
    const reply = answer({ name: 'regular', type: 'error' }, { code, text });
    expect(() => refuseUnlessTaken(reply)).toThrow(
      expect.objectContaining({ name: 'Refused', code: Number(code) }),
    );
  });

  it('is a refusal when it names no collection, and a silence when there is none', () => {
    expect(() => refuseUnlessTaken(node('iq', { type: 'result' }))).toThrow(
      expect.objectContaining({ name: 'Refused' }),
    );
    expect(() => refuseUnlessTaken(undefined)).toThrow(Unanswered);
  });

  it('is not waited for without end', async () => {
    const clock = new VirtualClock();
    const keys = { transaction: () => new Promise<never>(() => undefined) };
    const authState = { keys, creds: { me: { id: 'me' } } };
    const socket = { authState } as unknown as SettingsSocket;
    const patch: WAPatchCreate = {
      syncAction: {},
      index: ['star'],
      type: 'regular_low',
      apiVersion: 2,
      operation: proto.SyncdMutation.SyncdOperation.SET,
    };
    const change = shareChange(socket, patch, clock);
    await Promise.all([expect(change).rejects.toBeInstanceOf(Unanswered), clock.advance(60_000)]);
  });
});
