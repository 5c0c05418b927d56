import { copyFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import type { MessageRecord } from '../../messages/store.ts';
import { nothing, report, sampleJob, sampleMessage } from '../conformance/samples.ts';
import type { Storage } from '../port.ts';
import { connect } from './connection.ts';
import { openSealer } from './data-key.ts';
import { createMessageInsert } from './message-rows.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { openWith } from './open.ts';
import { contentsOf } from './testing/contents.ts';
import { type Fault, Faults } from './testing/faults.ts';
import { makeTestFolder, type TestFolder } from './testing/folder.ts';

const KEY = 1;
const PERSON = { phone: '1555', lid: '99' };
const PHONE = '1555@s.whatsapp.net';
const LID = '99@lid';
/** More under the LID than three steps of a move take. */
const MESSAGES = 1_000;
const UNDER_BOTH = 'm500';

/** From its first strike on nothing reaches the disk any more, as after the end of the process. */
const DEATH: Fault = {
  code: 'SQLITE_IOERR',
  rollsBack: true,
  times: Number.POSITIVE_INFINITY,
  only: 'COMMIT',
};

function from(address: string, messageId: string, chatId = address): MessageRecord {
  const data = { chatId, from: chatId, phone: null, lid: null, text: messageId };
  return sampleMessage(messageId, { chatId, senderId: address, data });
}

/** Two chats of one person, one message in both, and a word of theirs in a group. */
const HISTORY = [
  ...Array.from({ length: MESSAGES }, (_, n) => from(n % 3 === 0 ? PHONE : LID, `m${n}`)),
  from(UNDER_BOTH === 'm500' ? LID : PHONE, UNDER_BOTH),
  from(PHONE, UNDER_BOTH),
  from(LID, 'in the group', '1@g.us'),
];

/** Everything that the person wrote is under the number, once and in order. */
async function expectTogether({ history }: Storage): Promise<void> {
  const messages = await history.messages(KEY, PHONE, { before: null, limit: 2_000 });
  const ids = messages.filter(({ fromMe }) => !fromMe).map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(Array.from({ length: MESSAGES }, (_, n) => `m${n}`).toSorted());
  const inOrder = ids.filter((id) => id !== UNDER_BOTH).map((id) => Number(id.slice(1)));
  expect(inOrder).toEqual(inOrder.toSorted((a, b) => b - a));
  const chats = await history.chats(KEY, { before: null, limit: 9 });
  expect(chats.map(({ chatId }) => chatId).toSorted()).toEqual([PHONE, '1@g.us']);
}

describe('chats that are brought together', () => {
  let folder: TestFolder;
  beforeEach(async () => {
    folder = await makeTestFolder();
  });
  afterEach(() => folder.remove());

  const open = (faults: Faults) =>
    openWith({ file: folder.file, clock: new VirtualClock(), logger: silentLogger }, faults.disk);

  /** A life of the process that ends at its n-th commit, if it comes to that. */
  async function openUntilCommit(n: number): Promise<Storage> {
    const faults = new Faults();
    faults.arm(n, DEATH);
    return open(faults);
  }

  const movesLeft = (faults: Faults) =>
    Number(faults.writer.prepare('SELECT count(*) FROM chat_moves').pluck().get());

  /** Opens with nothing in the way, and waits until the moves are over. */
  async function openUndisturbed(): Promise<{ storage: Storage; faults: Faults }> {
    const faults = new Faults();
    const storage = await open(faults);
    do await storage.check();
    while (movesLeft(faults) > 0);
    return { storage, faults };
  }

  const learn = ({ identities }: Storage) =>
    identities.learn(KEY, [PERSON], () => report('resolved'));

  describe('when a number becomes known', () => {
    let template: string;

    beforeEach(async () => {
      template = `${folder.file}.template`;
      const setUp = await openWith(
        { file: template, clock: new VirtualClock(), logger: silentLogger },
        new Faults().disk,
      );
      await setUp.sessions.create('default', 'shop', 1);
      const entries = HISTORY.map((message) => ({ journalIds: [], message, batch: nothing }));
      await setUp.messages.recordInbound(KEY, entries);
      await setUp.outbox.enqueue(sampleJob(KEY, 'waiting', { chatId: LID }));
      await setUp.optOuts.add('default', {
        chatId: LID,
        source: 'stop_word',
        note: 'STOP',
        atMs: 5,
      });
      await setUp.close();
    });

    /** What an undisturbed life leaves. */
    async function undisturbed(): Promise<string> {
      copyFileSync(template, folder.file);
      const { storage, faults } = await openUndisturbed();
      await learn(storage);
      const contents = contentsOf(faults.writer);
      await storage.close();
      return contents;
    }

    it('end the same wherever the process died', async () => {
      const whole = await undisturbed();
      for (let n = 1; ; n++) {
        copyFileSync(template, folder.file);
        const mortal = await openUntilCommit(n);
        const [outcome] = await Promise.allSettled([learn(mortal)]);
        await mortal.close();

        const { storage, faults } = await openUndisturbed();
        // Who was refused tells it again; what was kept before is no news then.
        await learn(storage);
        expect(contentsOf(faults.writer), `died at commit ${n}`).toBe(whole);
        await expectTogether(storage);
        expect(await storage.events.read('default', 0, 9)).toHaveLength(1);
        await storage.close();
        if (outcome?.status === 'rejected') continue;
        expect(n).toBeGreaterThan(4);
        break;
      }
    });

    it('end the same when each life lasts for one commit only', async () => {
      const whole = await undisturbed();
      copyFileSync(template, folder.file);
      const first = await openUntilCommit(2);
      await expect(learn(first)).rejects.toMatchObject({ code: 'storage_unavailable' });
      await first.close();
      const left: number[] = [];
      for (;;) {
        const faults = new Faults();
        faults.arm(2, DEATH);
        const storage = await open(faults);
        const countUnderLid = `SELECT count(*) FROM messages WHERE chat_id = '${LID}'`;
        left.push(Number(faults.writer.prepare(countUnderLid).pluck().get()));
        await Promise.allSettled([storage.check()]);
        await expect(storage.check()).rejects.toMatchObject({ code: 'storage_unavailable' });
        const isOver = movesLeft(faults) === 0;
        await storage.close();
        if (isOver) break;
      }
      expect(left.length).toBeGreaterThan(2);
      expect(left).toEqual(left.toSorted((a, b) => b - a));
      const { storage, faults } = await openUndisturbed();
      expect(contentsOf(faults.writer)).toBe(whole);
      await storage.close();
    });
  });

  describe('by the step of the schema that knew the number already', () => {
    const STEP = 10;
    let template: string;

    /** As the program left it that knew both names and kept two chats. */
    beforeEach(() => {
      template = `${folder.file}.template`;
      const db = connect(template, 'writer');
      migrate(db, migrations.slice(0, STEP - 1), 1);
      const insert = createMessageInsert(db, openSealer(db, null));
      db.transaction(() => {
        db.exec(`INSERT INTO sessions (workspace_id, id, desired, created_at_ms)
          VALUES ('default', 'shop', 'stopped', 1)`);
        db.exec(`INSERT INTO identities (session_key, lid, phone) VALUES (1, '99', '1555')`);
        for (const message of HISTORY) insert(KEY, message, 1);
      })();
      db.close();
    });

    it('end together wherever the process died', async () => {
      for (let n = 1; ; n++) {
        copyFileSync(template, folder.file);
        const faults = new Faults();
        faults.arm(n, DEATH);
        const mortal = await open(faults);
        while (movesLeft(faults) > 0) {
          const [outcome] = await Promise.allSettled([mortal.check()]);
          if (outcome?.status === 'rejected') break;
        }
        const isOver = movesLeft(faults) === 0;
        await mortal.close();

        const { storage } = await openUndisturbed();
        await expectTogether(storage);
        await storage.close();
        if (!isOver) continue;
        expect(n).toBeGreaterThan(4);
        break;
      }
    });

    it('begin anew when the step itself was cut short', async () => {
      copyFileSync(template, folder.file);
      const broken = migrations.slice(0, STEP).map((step) => ({
        ...step,
        up(db: Parameters<typeof step.up>[0]) {
          step.up(db);
          throw new Error('cut short');
        },
      }));
      const db = connect(folder.file, 'writer');
      expect(() => migrate(db, broken, 2)).toThrow('cut short');
      db.close();
      const { storage } = await openUndisturbed();
      await expectTogether(storage);
      await storage.close();
    });
  });
});
