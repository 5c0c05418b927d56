import { describe, expect, it } from 'vitest';
import { type MakeVessel, useWorld } from './harness.ts';
import { bytes, nothing, report, sampleJob, sampleJournal, sampleMessage } from './samples.ts';

/** The contract of `SessionStore`. */
export function describeSessionStore(make: MakeVessel): void {
  describe('sessions', () => {
    describeRecords(make);
    describeRemoval(make);
  });
}

function describeRecords(make: MakeVessel): void {
  const world = useWorld(make);

  it('makes a session that is meant to run and knows nothing of its account', async () => {
    const { sessions } = world().storage;
    const made = await sessions.create('default', 'shop', 5);
    expect(made).toEqual({
      key: made.key,
      workspaceId: 'default',
      id: 'shop',
      desired: 'running',
      terminal: null,
      phone: null,
      lid: null,
      pushName: null,
      createdAtMs: 5,
    });
    expect(await sessions.all()).toEqual([made]);
  });

  it('answers the existing session when it is made again, also at the same instant', async () => {
    const { sessions } = world().storage;
    const made = await Promise.all([1, 2, 3].map((at) => sessions.create('default', 'shop', at)));
    expect(new Set(made.map(({ key }) => key)).size).toBe(1);
    expect(made[2]?.createdAtMs).toBe(1);
  });

  it('lists every workspace, oldest first, and keeps equal ids of two workspaces apart', async () => {
    const { sessions } = world().storage;
    for (const [workspace, id] of [
      ['a', 'z'],
      ['b', 'z'],
      ['a', 'b'],
    ] as const) {
      await sessions.create(workspace, id, 1);
    }
    const all = await sessions.all();
    expect(all.map(({ workspaceId, id }) => `${workspaceId}/${id}`)).toEqual(['a/z', 'b/z', 'a/b']);
  });

  it('changes only the fields that are given, together with the events', async () => {
    const { sessions, events } = world().storage;
    const key = await world().session();
    const terminal = { state: 'logged_out', reason: '401', sinceMs: 7 };
    await sessions.update(key, { phone: '1555', lid: '99', pushName: 'Shop' }, nothing);
    await sessions.update(key, { desired: 'stopped', terminal }, report('e1'));
    const [changed] = await sessions.all();
    expect(changed).toMatchObject({
      phone: '1555',
      lid: '99',
      pushName: 'Shop',
      desired: 'stopped',
      terminal,
    });
    await sessions.update(key, { terminal: null, phone: null }, nothing);
    expect((await sessions.all())[0]).toMatchObject({ terminal: null, phone: null, lid: '99' });
    expect(await events.read('default', 0, 10)).toHaveLength(1);
  });

  it('outlives a restart', async () => {
    const key = await world().session();
    await world().storage.sessions.update(key, { phone: '1555' }, nothing);
    const before = await world().storage.sessions.all();
    await world().reopen();
    expect(await world().storage.sessions.all()).toEqual(before);
  });

  it('refuses to change a session that is gone, and writes none of its events', async () => {
    const { sessions, events } = world().storage;
    await expect(sessions.update(404, { phone: '1' }, report('e1'))).rejects.toMatchObject({
      code: 'session_not_found',
    });
    expect(await events.read('default', 0, 10)).toEqual([]);
  });
}

function describeRemoval(make: MakeVessel): void {
  const world = useWorld(make);

  async function fill(key: number): Promise<void> {
    const { devices, messages, outbox, identities, numbers } = world().storage;
    const record = { type: 'session', id: 'a', value: bytes(1) };
    await devices.commit(key, {
      credentials: bytes(1),
      records: [record],
      journal: sampleJournal(1),
    });
    await messages.recordInbound(key, [
      { journalIds: [], message: sampleMessage('m1'), batch: report('e1') },
    ]);
    await outbox.enqueue(sampleJob(key, 'j1'));
    await identities.learn(key, [{ phone: '1555', lid: '99' }]);
    await numbers.remember(key, [{ phone: '1555', chatId: null, lid: null, checkedAtMs: 1 }]);
  }

  async function expectEmpty(key: number): Promise<void> {
    const { devices, messages, outbox, identities, numbers } = world().storage;
    expect(await devices.loadCredentials(key)).toEqual({ kind: 'none' });
    expect((await devices.readRecords(key, 'session', ['a'])).size).toBe(0);
    expect(await devices.openJournal(key, 0, 10)).toEqual([]);
    expect(await messages.find(key, 'm1')).toBeNull();
    expect(await messages.find(key, 'j1')).toBeNull();
    expect(await outbox.pending(key, 10)).toEqual([]);
    expect(await outbox.sessionsWithPending()).toEqual([]);
    expect(await identities.phoneFor(key, '99')).toBeNull();
    expect((await numbers.recall(key, ['1555'])).size).toBe(0);
  }

  it('leaves nothing behind but the events', async () => {
    const { sessions, events } = world().storage;
    const key = await world().session();
    await fill(key);
    await sessions.remove(key, report('gone'));
    expect(await sessions.all()).toEqual([]);
    await expectEmpty(key);
    expect((await events.read('default', 0, 10)).map(({ id }) => id)).toEqual(['e1', 'gone']);
  });

  it('touches no other session', async () => {
    const key = await world().session('shop');
    const other = await world().session('other');
    await fill(other);
    await world().storage.sessions.remove(key, nothing);
    expect(await world().storage.messages.find(other, 'm1')).not.toBeNull();
    expect(await world().storage.outbox.sessionsWithPending()).toEqual([other]);
  });

  it('gives a session made anew under the old id a new key and a clean slate', async () => {
    const key = await world().session();
    await fill(key);
    await world().storage.sessions.remove(key, nothing);
    await world().reopen();
    const again = await world().session();
    expect(again).not.toBe(key);
    await expectEmpty(again);
  });

  it('does nothing the second time, nor writes its events again', async () => {
    const { sessions, events } = world().storage;
    const key = await world().session();
    await Promise.all([
      sessions.remove(key, report('gone')),
      sessions.remove(key, report('twice')),
    ]);
    expect((await events.read('default', 0, 10)).map(({ id }) => id)).toEqual(['gone']);
  });

  it('takes away a history longer than one step', async () => {
    const { sessions, messages } = world().storage;
    const key = await world().session();
    const ids = Array.from({ length: 1_201 }, (_, i) => `m${i}`);
    await Promise.all(
      ids.map((id) =>
        messages.recordInbound(key, [
          { journalIds: [], message: sampleMessage(id), batch: nothing },
        ]),
      ),
    );
    await sessions.remove(key, nothing);
    const found = await Promise.all(ids.map((id) => messages.find(key, id)));
    expect(found.filter((message) => message !== null)).toEqual([]);
  });
}
