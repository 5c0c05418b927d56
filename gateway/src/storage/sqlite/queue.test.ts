import { describe } from 'vitest';
import { describeOptOutStore } from '../conformance/opt-outs.ts';
import { describeQueueStore } from '../conformance/queue.ts';
import { sqliteVessels } from './testing/folder.ts';

describe('SQLite', () => {
  describeQueueStore(sqliteVessels(null));
  describeOptOutStore(sqliteVessels(null));
});

describe('SQLite, encrypted', () => {
  describeQueueStore(sqliteVessels(new Uint8Array(32).fill(7)));
  describeOptOutStore(sqliteVessels(new Uint8Array(32).fill(7)));
});
