import {
  chatModificationToAppPatch,
  decodePatches,
  decodeSyncdSnapshot,
  encodeSyncdPatch,
  type LTHashState,
  newLTHashState,
  proto,
  type WAPatchCreate,
} from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { decryptMedia } from '../media/crypto.ts';
import { type AppState, createAppState, snapshotReference } from './app-state.ts';
import { appStateChanges } from './app-state-changes.ts';
import type { Mutation } from './app-state-record.ts';

const BOB = '15550002@s.whatsapp.net';
const key = { id: Buffer.from([0, 0, 0, 0, 1, 2]), data: Buffer.alloc(32, 9) };
const keyId = key.id.toString('base64');
const keyData = proto.Message.AppStateSyncKeyData.create({ keyData: key.data });
const findKey = async (id: string) => (id === keyId ? keyData : null);
const NOW = 1_700_000_000_000;

function phone(): AppState {
  return createAppState([key], seededRandom(1));
}

/** A linked device as Baileys plays it: it fetches patches and makes its own. */
function client() {
  let state: LTHashState = newLTHashState();
  const complaints: unknown[] = [];
  const logger = {
    level: 'warn',
    child: () => logger,
    trace: () => undefined,
    debug: () => undefined,
    info: () => undefined,
    warn: (details: unknown) => void complaints.push(details),
    error: (details: unknown) => void complaints.push(details),
  };
  return {
    complaints,
    version: () => state.version,
    hash: () => Buffer.from(state.hash).toString('hex'),
    async fetch(collection: 'regular_low' | 'critical_unblock_low', patches: Uint8Array[]) {
      const decoded = patches.map((bytes) => proto.SyncdPatch.decode(bytes));
      const result = await decodePatches(
        collection,
        decoded,
        state,
        findKey,
        {},
        undefined,
        logger,
        true,
      );
      state = result.state;
      return Object.values(result.mutationMap).map(({ index, syncAction }) => ({
        index,
        value: syncAction.value,
      }));
    },
    async make(change: WAPatchCreate): Promise<Uint8Array> {
      const made = await encodeSyncdPatch(change, keyId, state, findKey);
      return proto.SyncdPatch.encode(made.patch).finish();
    },
  };
}

const archive = (chat: string, archived = true) =>
  appStateChanges.archive(chat, archived, NOW).mutation;

describe('app state', () => {
  it('is read by Baileys, patch by patch', async () => {
    const state = phone();
    const device = client();
    state.change('regular_low', [archive(BOB), appStateChanges.pin(BOB, true, NOW).mutation]);
    state.change('regular_low', [archive(BOB, false)]);
    const seen = await device.fetch('regular_low', state.since('regular_low', 0) ?? []);
    expect(device.complaints).toEqual([]);
    expect(device.version()).toBe(2);
    expect(seen.map(({ index }) => index)).toEqual([
      ['archive', BOB],
      ['pin_v1', BOB],
    ]);
    expect(seen[0]?.value?.archiveChatAction?.archived).toBe(false);
  });

  it('is read by Baileys as a snapshot', async () => {
    const state = phone();
    expect(state.snapshot('regular_low')).toBeNull();
    for (let index = 0; index < 5; index++) state.change('regular_low', [archive(`${index}@lid`)]);
    const snapshot = proto.SyncdSnapshot.decode(state.snapshot('regular_low') ?? new Uint8Array());
    const complaints: unknown[] = [];
    const logger = { warn: (details: unknown) => void complaints.push(details) };
    const result = await decodeSyncdSnapshot(
      'regular_low',
      snapshot,
      findKey,
      undefined,
      true,
      logger as unknown as Parameters<typeof decodeSyncdSnapshot>[5],
    );
    expect(complaints).toEqual([]);
    expect(result.state.version).toBe(5);
    expect(Object.keys(result.mutationMap)).toHaveLength(5);
  });

  it('takes what Baileys uploads and serves it to other devices', async () => {
    const state = phone();
    const [one, other] = [client(), client()];
    const change = chatModificationToAppPatch({ pin: true }, BOB);
    const accepted = state.accept('regular_low', await one.make(change), 0);
    expect(accepted).toMatchObject({
      kind: 'accepted',
      version: 1,
      mutations: [{ operation: 'set', index: ['pin_v1', BOB], version: 5 }],
    });
    const seen = await other.fetch('regular_low', state.since('regular_low', 0) ?? []);
    expect([other.complaints, seen[0]?.value?.pinAction?.pinned]).toEqual([[], true]);
    expect(state.entries('regular_low').map(({ index }) => index[0])).toEqual(['pin_v1']);
  });

  it('takes removals', async () => {
    const state = phone();
    const device = client();
    const saved = { fullName: 'Bob', firstName: 'Bob', lid: '987@lid' };
    const { collection, mutation } = appStateChanges.contact(BOB, saved, NOW);
    state.change(collection, [mutation]);
    await device.fetch('critical_unblock_low', state.since(collection, 0) ?? []);
    const removal = chatModificationToAppPatch({ contact: null }, BOB);
    const result = state.accept(collection, await device.make(removal), 1);
    expect(result).toMatchObject({ kind: 'accepted', mutations: [{ operation: 'remove' }] });
    expect(state.entries(collection)).toEqual([]);
    state.change(collection, [mutation, appStateChanges.removeContact(BOB, NOW).mutation]);
    expect(state.entries(collection)).toEqual([]);
  });

  it('stays the same on all devices whoever changes what', async () => {
    const step = fc.record({
      chat: fc.integer({ min: 0, max: 3 }),
      archived: fc.boolean(),
      by: fc.constantFrom('phone', 'client'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const state = phone();
        const [maker, watcher] = [client(), client()];
        for (const { chat, archived, by } of steps) {
          const patches = state.since('regular_low', maker.version());
          await maker.fetch('regular_low', patches ?? []);
          if (by === 'phone') state.change('regular_low', [archive(`${chat}@lid`, archived)]);
          else {
            const range = { lastMessages: [] };
            const change = { archive: archived, ...range };
            const patch = await maker.make(chatModificationToAppPatch(change, `${chat}@lid`));
            const result = state.accept('regular_low', patch, maker.version());
            expect(result).toMatchObject({ kind: 'accepted' });
          }
        }
        for (const device of [maker, watcher]) {
          await device.fetch('regular_low', state.since('regular_low', device.version()) ?? []);
          expect(device.complaints).toEqual([]);
        }
        expect(maker.hash()).toBe(watcher.hash());
        expect(watcher.version()).toBe(steps.length);
      }),
      { numRuns: 20 },
    );
  });

  it('answers a patch on an old version with a conflict and keeps nothing', async () => {
    const state = phone();
    const patch = await client().make(chatModificationToAppPatch({ pin: true }, BOB));
    state.change('regular_low', [archive(BOB)]);
    expect(state.accept('regular_low', patch, 0)).toEqual({ kind: 'conflict', version: 1 });
    expect(state.version('regular_low')).toBe(1);
  });

  it('says what is wrong with a patch', async () => {
    const bytes = await client().make(chatModificationToAppPatch({ pin: true }, BOB));
    const failure = (spoil: (patch: proto.SyncdPatch) => void, name = 'regular_low' as const) => {
      const patch = proto.SyncdPatch.decode(Uint8Array.from(bytes));
      spoil(patch);
      const result = phone().accept(name, proto.SyncdPatch.encode(patch).finish(), 0);
      return result.kind === 'invalid' ? result.failure : result.kind;
    };
    const flip = (at: Uint8Array | null | undefined) => {
      if (at) at[at.length - 1] = (at.at(-1) ?? 0) ^ 1;
    };
    expect(failure(() => undefined)).toBe('accepted');
    expect(failure((patch) => flip(patch.snapshotMac))).toBe('snapshot-mac');
    expect(failure((patch) => flip(patch.patchMac))).toBe('patch-mac');
    expect(failure((patch) => flip(patch.mutations[0]?.record?.value?.blob))).toBe('value-mac');
    expect(failure((patch) => flip(patch.mutations[0]?.record?.index?.blob))).toBe('index-mac');
    expect(failure((patch) => flip(patch.mutations[0]?.record?.keyId?.id))).toBe('unknown-key');
    expect(failure((patch) => flip(patch.keyId?.id))).toBe('unknown-key');
    expect(failure((patch) => void (patch.externalMutations = {}))).toBe('external');
    expect(failure((patch) => void patch.mutations.push({ record: {} }))).toBe('malformed');
    expect(phone().accept('regular_low', Buffer.from([0xff]), 0)).toMatchObject({
      kind: 'invalid',
      failure: 'malformed',
    });
  });

  it('never throws on bytes that clients make up', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(['accepted', 'invalid']).toContain(phone().accept('regular', bytes, 0).kind);
      }),
    );
  });

  it('gives newcomers everything at once when the log is cut', async () => {
    const state = phone();
    const changes: Mutation[] = [0, 1, 2].map((chat) => archive(`${chat}@lid`));
    for (let round = 0; round < 510; round++) {
      state.change('regular_low', [changes[round % 3] ?? archive(BOB)]);
    }
    const patches = state.since('regular_low', 0) ?? [];
    expect(patches).toHaveLength(1);
    const device = client();
    expect(await device.fetch('regular_low', patches)).toHaveLength(3);
    expect([device.complaints, device.version()]).toEqual([[], 510]);
    expect(state.since('regular_low', 5)).toBeNull();
    expect(state.since('regular_low', 505)).toHaveLength(5);
    expect(state.since('regular', 0)).toEqual([]);
  });

  it('stores a snapshot like media', () => {
    const state = phone();
    state.change('regular_low', [archive(BOB)]);
    const snapshot = state.snapshot('regular_low') ?? new Uint8Array();
    const stored: Uint8Array[] = [];
    const media = {
      store(_kind: string, bytes: Uint8Array) {
        stored.push(bytes);
        return { directPath: '/v/x', url: 'https://127.0.0.1/v/x' };
      },
    };
    const bytes = snapshotReference(snapshot, { media, random: seededRandom(2) });
    const reference = proto.ExternalBlobReference.decode(bytes);
    expect(reference.directPath).toBe('/v/x');
    const plain = decryptMedia(stored[0] ?? new Uint8Array(), 'app-state', {
      mediaKey: reference.mediaKey ?? new Uint8Array(),
      fileSha256: reference.fileSha256 ?? new Uint8Array(),
      fileEncSha256: reference.fileEncSha256 ?? new Uint8Array(),
      fileLength: snapshot.length,
    });
    expect(Buffer.from(plain)).toEqual(Buffer.from(snapshot));
  });
});

describe('changes', () => {
  it('are the ones that Baileys makes', () => {
    const message = { chat: BOB, id: '3EB0', fromMe: true };
    const messageKey = { remoteJid: BOB, id: '3EB0', fromMe: true };
    const lastMessages: [] = [];
    const pairs = [
      [appStateChanges.archive(BOB, true, NOW), { archive: true, lastMessages }],
      [appStateChanges.pin(BOB, true, NOW), { pin: true }],
      [appStateChanges.mute(BOB, 5_000, NOW), { mute: 5_000 }],
      [appStateChanges.mute(BOB, null, NOW), { mute: null }],
      [appStateChanges.markRead(BOB, true, NOW), { markRead: true, lastMessages }],
      [appStateChanges.star(message, true, NOW), { star: { messages: [messageKey], star: true } }],
      [
        appStateChanges.deleteForMe(message, NOW),
        { deleteForMe: { deleteMedia: true, key: messageKey, timestamp: NOW / 1000 } },
      ],
      [appStateChanges.deleteChat(BOB, NOW), { delete: true, lastMessages }],
      [appStateChanges.pushName('Bob', NOW), { pushNameSetting: 'Bob' }],
      [appStateChanges.removeContact(BOB, NOW), { contact: null }],
    ] as const;
    for (const [ours, modification] of pairs) {
      const theirs = chatModificationToAppPatch(
        modification as Parameters<typeof chatModificationToAppPatch>[0],
        BOB,
      );
      expect(ours.collection).toBe(theirs.type);
      expect(ours.mutation.index).toEqual(theirs.index);
      expect(ours.mutation.version).toBe(theirs.apiVersion);
      expect(ours.mutation.operation === 'remove').toBe(
        theirs.operation === proto.SyncdMutation.SyncdOperation.REMOVE,
      );
      expect(Object.keys(ours.mutation.value)).toEqual(Object.keys(theirs.syncAction));
    }
  });
});
