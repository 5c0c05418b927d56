import { expect, it } from 'vitest';
import { newChatsSignal, reachOutSignal } from './restrictions.ts';

it('reports restrictions in plain terms', () => {
  const timeEnforcementEnds = new Date(5_000);
  expect(reachOutSignal({ isActive: true, timeEnforcementEnds })).toEqual({
    type: 'reach_out',
    active: true,
    untilMs: 5_000,
  });
  expect(reachOutSignal({ isActive: false })).toMatchObject({ active: false, untilMs: null });
  expect(newChatsSignal({ total_quota: -1, used_quota: 3 })).toEqual({
    type: 'new_chats',
    total: null,
    used: 3,
    capped: false,
    resetsAtMs: null,
  });
});
