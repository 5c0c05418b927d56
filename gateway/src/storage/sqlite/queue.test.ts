import { describe } from 'vitest';
import { describeQueueStore } from '../conformance/queue.ts';
import { sqliteVessels } from './testing/folder.ts';

describe('SQLite', () => {
  describeQueueStore(sqliteVessels(null));
});

describe('SQLite, encrypted', () => {
  describeQueueStore(sqliteVessels(new Uint8Array(32).fill(7)));
});
