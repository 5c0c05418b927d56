import { describe, expect, it } from 'vitest';
import type { EventDraft } from '../events/plan.ts';
import type { EventBatch } from '../events/store.ts';
import type { SessionRecord } from '../sessions/store.ts';
import { memoryIdentities } from './memory-stores.ts';
import { tellingIdentities } from './resolving.ts';
import type { IdentityPair, IdentityStore } from './store.ts';

const KEY = 1;
const SESSION = { workspaceId: 'default', id: 'shop', lid: '7' } as SessionRecord;
const ANNA = { phone: '1555', lid: '99' };
const BOB = { phone: '1777', lid: '77' };
const SELF = { phone: '1000', lid: '7' };

/** Everybody who is news was shown before; `refuse` makes the commit fail after the report. */
function reporting(refuse = false): IdentityStore {
  const store = memoryIdentities();
  return {
    ...store,
    async learn(key, pairs, report) {
      const fresh = await store.learn(key, pairs);
      if (fresh.length > 0) report?.(fresh);
      if (refuse) throw new Error('not committed');
      return fresh;
    },
  };
}

function setUp(store = reporting(), session: SessionRecord | null = SESSION) {
  const drafts: EventDraft[] = [];
  const planned: EventBatch[] = [];
  const committed: EventBatch[] = [];
  const identities = tellingIdentities({
    store,
    sessionOf: () => session,
    events: {
      plan(some) {
        drafts.push(...some);
        const batch = { events: [], deliveries: [] };
        planned.push(batch);
        return batch;
      },
      committed: (batch) => void committed.push(batch),
    },
  });
  return { identities, drafts, planned, committed };
}

describe('identities that tell of numbers that became known', () => {
  const learnt = (pair: IdentityPair) => expect.objectContaining({ data: expectedData(pair) });
  const expectedData = ({ phone, lid }: IdentityPair) => ({
    chatId: `${phone}@s.whatsapp.net`,
    phone,
    lid: `${lid}@lid`,
  });

  it('tell whoever it was that learnt them, in the line of what was told under the LID', async () => {
    const { identities, drafts } = setUp();
    expect(await identities.learn(KEY, [ANNA, BOB])).toEqual([ANNA, BOB]);
    expect(drafts).toEqual([learnt(ANNA), learnt(BOB)]);
    expect(drafts[0]).toMatchObject({
      event: 'contact.identity_resolved',
      workspaceId: 'default',
      sessionId: 'shop',
      orderKey: '99@lid',
    });
    expect(await identities.phoneFor(KEY, '99')).toBe('1555');
  });

  it('say nothing of what was known, nor of the number of the session itself', async () => {
    const { identities, drafts } = setUp();
    await identities.learn(KEY, [ANNA]);
    await identities.learn(KEY, [ANNA, SELF]);
    expect(drafts).toEqual([learnt(ANNA)]);
  });

  it('pass on what was planned only after it was committed', async () => {
    const kept = setUp();
    const learning = kept.identities.learn(KEY, [ANNA]);
    expect(kept.committed).toEqual([]);
    await learning;
    expect(kept.committed).toHaveLength(1);
    expect(kept.committed).toEqual(kept.planned);

    const lost = setUp(reporting(true));
    await expect(lost.identities.learn(KEY, [ANNA])).rejects.toThrow('not committed');
    expect([lost.planned.length, lost.committed.length]).toEqual([1, 0]);
  });

  it('learn silently for a session that is being removed', async () => {
    const { identities, planned } = setUp(reporting(), null);
    expect(await identities.learn(KEY, [ANNA])).toEqual([ANNA]);
    expect(planned).toEqual([]);
  });
});
