import { describe } from 'vitest';
import { describeStorage } from '../conformance/storage.ts';
import { sqliteVessels } from './testing/folder.ts';

describe('SQLite', () => {
  describeStorage(sqliteVessels(null));
});

describe('SQLite, encrypted', () => {
  describeStorage(sqliteVessels(new Uint8Array(32).fill(7)));
});
