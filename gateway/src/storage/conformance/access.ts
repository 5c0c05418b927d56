import { describe, expect, it } from 'vitest';
import type { AuditRecord, KeyRecord } from '../../access/store.ts';
import { type MakeVessel, useWorld } from './harness.ts';

const hash = (seed: number) => new Uint8Array(32).fill(seed);

const sampleKey = (id: string, change: Partial<KeyRecord> = {}): KeyRecord => ({
  id,
  workspaceId: 'default',
  name: 'n8n',
  secret: { prefix: `${id}pre`, hash: hash(1) },
  previous: null,
  scopes: ['messages:*', 'sessions:read'],
  bindings: { sessions: ['support'], chats: null, networks: ['10.0.0.0/8'] },
  createdAtMs: 5,
  expiresAtMs: null,
  lastUsedAtMs: null,
  ...change,
});

const sampleEntry = (id: string, change: Partial<AuditRecord> = {}): AuditRecord => ({
  id,
  atMs: Number(id.slice(1)),
  workspaceId: 'default',
  actor: { kind: 'operator' },
  action: 'POST /sessions/:id/start',
  target: { id: 'support' },
  outcome: 'done',
  status: 200,
  problem: null,
  address: '203.0.113.7',
  requestId: `r-${id}`,
  ...change,
});

/** The contract of `AccessStore`. */
export function describeAccessStore(make: MakeVessel): void {
  describe('access', () => {
    describeWorkspaces(make);
    describeKeys(make);
    describeAudit(make);
  });
}

function describeWorkspaces(make: MakeVessel): void {
  const world = useWorld(make);

  it('has the default workspace from the start, and keeps it', async () => {
    const { access } = world().storage;
    expect(await access.workspaces()).toEqual([{ id: 'default', name: 'Default', createdAtMs: 0 }]);
    expect(await access.removeWorkspace('default', 1)).toBe(false);
    expect(await access.workspace('default')).not.toBeNull();
  });

  it('lists the default first, then the oldest', async () => {
    const { access } = world().storage;
    expect(await access.createWorkspace({ id: 'zoo', name: 'Zoo', createdAtMs: 1 })).toBe(true);
    expect(await access.createWorkspace({ id: 'acme', name: 'Acme', createdAtMs: 2 })).toBe(true);
    await world().reopen();
    const ids = (await world().storage.access.workspaces()).map(({ id }) => id);
    expect(ids).toEqual(['default', 'zoo', 'acme']);
  });

  it('renames', async () => {
    const { access } = world().storage;
    expect(await access.renameWorkspace('default', 'Home')).toBe(true);
    expect(await access.workspace('default')).toMatchObject({ name: 'Home' });
    expect(await access.renameWorkspace('none', 'Home')).toBe(false);
  });

  it('never gives an id out twice, not even at the same instant or after its removal', async () => {
    const { access } = world().storage;
    const acme = { id: 'acme', name: 'Acme', createdAtMs: 1 };
    const made = await Promise.all([access.createWorkspace(acme), access.createWorkspace(acme)]);
    expect(made).toEqual([true, false]);
    expect(await access.removeWorkspace('acme', 2)).toBe(true);
    expect(await access.removeWorkspace('acme', 3)).toBe(false);
    expect(await access.workspace('acme')).toBeNull();
    expect(await access.renameWorkspace('acme', 'Again')).toBe(false);
    expect(await access.createWorkspace(acme)).toBe(false);
    expect(await access.createWorkspace({ ...acme, id: 'default' })).toBe(false);
  });

  it('removes a workspace with its keys and no others', async () => {
    const { access } = world().storage;
    await access.createWorkspace({ id: 'acme', name: 'Acme', createdAtMs: 1 });
    await access.saveKey(sampleKey('a', { workspaceId: 'acme' }));
    await access.saveKey(sampleKey('b'));
    await access.removeWorkspace('acme', 2);
    expect(await access.keysByPrefix('apre')).toEqual([]);
    expect(await access.keys('acme')).toEqual([]);
    expect(await access.keys('default')).toHaveLength(1);
    await expect(access.saveKey(sampleKey('c', { workspaceId: 'acme' }))).rejects.toMatchObject({
      code: 'workspace_not_found',
    });
  });
}

function describeKeys(make: MakeVessel): void {
  const world = useWorld(make);

  it('gives keys back as they were saved, also after a restart', async () => {
    const plain = sampleKey('a');
    const rotated = sampleKey('b', {
      previous: { prefix: 'formerly', hash: hash(2), untilMs: 9 },
      bindings: { sessions: null, chats: ['5511999999999'], networks: null },
      expiresAtMs: 10,
      lastUsedAtMs: 7,
    });
    await world().storage.access.saveKey(plain);
    await world().storage.access.saveKey(rotated);
    await world().reopen();
    const { access } = world().storage;
    expect(normal(await access.keys('default'))).toEqual([plain, rotated]);
    expect(normal(await access.keysByPrefix('formerly'))).toEqual([rotated]);
    expect(normal(await access.keysByPrefix('apre'))).toEqual([plain]);
    expect(await access.keysByPrefix('nothing')).toEqual([]);
  });

  it('finds every key with a prefix, in all workspaces', async () => {
    const { access } = world().storage;
    await access.createWorkspace({ id: 'acme', name: 'Acme', createdAtMs: 1 });
    const secret = { prefix: 'same', hash: hash(3) };
    await access.saveKey(sampleKey('a', { secret }));
    await access.saveKey(sampleKey('b', { secret, workspaceId: 'acme' }));
    expect((await access.keysByPrefix('same')).map(({ id }) => id).sort()).toEqual(['a', 'b']);
  });

  it('keeps keys of workspaces apart', async () => {
    const { access } = world().storage;
    await access.saveKey(sampleKey('a'));
    expect(await access.key('acme', 'a')).toBeNull();
    expect(await access.removeKey('acme', 'a')).toBe(false);
    expect(await access.key('default', 'a')).not.toBeNull();
    expect(await access.removeKey('default', 'a')).toBe(true);
    expect(await access.removeKey('default', 'a')).toBe(false);
    expect(await access.keysByPrefix('apre')).toEqual([]);
  });

  it('replaces all but the last use, which never moves back', async () => {
    const { access } = world().storage;
    await access.saveKey(sampleKey('a'));
    await access.touchKeys([
      { keyId: 'a', atMs: 100 },
      { keyId: 'gone', atMs: 100 },
    ]);
    await access.touchKeys([{ keyId: 'a', atMs: 50 }]);
    const secret = { prefix: 'other', hash: hash(4) };
    await access.saveKey(sampleKey('a', { name: 'renamed', secret, scopes: ['*'] }));
    const key = await access.key('default', 'a');
    expect(key).toMatchObject({ name: 'renamed', scopes: ['*'], lastUsedAtMs: 100 });
    expect(await access.keysByPrefix('apre')).toEqual([]);
  });
}

/** Drivers may give any kind of byte array. */
function normal(keys: readonly KeyRecord[]): KeyRecord[] {
  return keys.map((key) => ({
    ...key,
    secret: { ...key.secret, hash: Uint8Array.from(key.secret.hash) },
    previous: key.previous && { ...key.previous, hash: Uint8Array.from(key.previous.hash) },
  }));
}

function describeAudit(make: MakeVessel): void {
  const world = useWorld(make);
  const ids = async (filter: object = {}, workspaceId = 'default') =>
    (await world().storage.access.audit(workspaceId, { limit: 10, ...filter })).map(({ id }) => id);

  it('gives entries back as they were written, also after a restart', async () => {
    const byKey = sampleEntry('e2', {
      actor: { kind: 'key', keyId: 'k1', keyName: 'n8n' },
      outcome: 'refused',
      status: 403,
      problem: 'scope_missing',
    });
    await world().storage.access.appendAudit([sampleEntry('e1'), byKey]);
    await world().reopen();
    const { access } = world().storage;
    expect(await access.audit('default', { limit: 10 })).toEqual([byKey, sampleEntry('e1')]);
  });

  it('passes over entries that are there already', async () => {
    const { access } = world().storage;
    await access.appendAudit([sampleEntry('e1')]);
    await access.appendAudit([sampleEntry('e1', { status: 500 }), sampleEntry('e2')]);
    expect(await ids()).toEqual(['e2', 'e1']);
    expect((await access.audit('default', { limit: 1, before: 'e2' }))[0]?.status).toBe(200);
  });

  it('pages from the newest, within one workspace', async () => {
    const entries = ['e1', 'e2', 'e3', 'e4'].map((id) => sampleEntry(id));
    const other = sampleEntry('e5', { workspaceId: 'acme' });
    await world().storage.access.appendAudit([...entries, other]);
    expect(await ids({ limit: 2 })).toEqual(['e4', 'e3']);
    expect(await ids({ limit: 2, before: 'e3' })).toEqual(['e2', 'e1']);
    expect(await ids({}, 'acme')).toEqual(['e5']);
  });

  it('filters', async () => {
    const actor = { kind: 'key', keyId: 'k1', keyName: 'n8n' } as const;
    await world().storage.access.appendAudit([
      sampleEntry('e1', { actor }),
      sampleEntry('e2', { action: 'POST /keys' }),
      sampleEntry('e3', { action: 'DELETE /keys/:keyId', outcome: 'failed', status: 404 }),
      sampleEntry('e4', { actor: { kind: 'anonymous' }, outcome: 'refused', status: 401 }),
    ]);
    expect(await ids({ keyId: 'k1' })).toEqual(['e1']);
    expect(await ids({ actor: 'anonymous' })).toEqual(['e4']);
    expect(await ids({ action: 'POST /keys' })).toEqual(['e2']);
    expect(await ids({ action: 'POST /*' })).toEqual(['e4', 'e2', 'e1']);
    expect(await ids({ action: 'POST /sessions/*' })).toEqual(['e4', 'e1']);
    expect(await ids({ action: '*' })).toHaveLength(4);
    expect(await ids({ action: 'P%' })).toEqual([]);
    expect(await ids({ outcome: 'failed' })).toEqual(['e3']);
    expect(await ids({ fromMs: 2, toMs: 4 })).toEqual(['e3', 'e2']);
    expect(await ids({ actor: 'operator', outcome: 'done' })).toEqual(['e2']);
  });

  it('prunes the oldest in steps, by age and by number', async () => {
    const { access } = world().storage;
    await access.appendAudit(['e1', 'e2', 'e3', 'e4', 'e5'].map((id) => sampleEntry(id)));
    const byAge = { beforeMs: 3, keepRows: 100 };
    expect(await access.pruneAudit(byAge, 1)).toBe(1);
    expect(await ids()).toEqual(['e5', 'e4', 'e3', 'e2']);
    expect(await access.pruneAudit(byAge, 10)).toBe(1);
    expect(await access.pruneAudit(byAge, 10)).toBe(0);
    expect(await access.pruneAudit({ beforeMs: 0, keepRows: 2 }, 10)).toBe(1);
    expect(await ids()).toEqual(['e5', 'e4']);
    expect(await access.pruneAudit({ beforeMs: 0, keepRows: 0 }, 10)).toBe(2);
  });
}
