import { describe } from 'vitest';
import { describeAccessStore } from '../storage/conformance/access.ts';
import type { Storage } from '../storage/port.ts';
import { createMemoryAccessStore } from './memory-store.ts';

describe('the store in memory', () => {
  describeAccessStore(async () => {
    const access = createMemoryAccessStore();
    return {
      open: async () => ({ access, close: async () => {} }) as unknown as Storage,
      destroy: async () => {},
    };
  });
});
