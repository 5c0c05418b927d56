import { expect, it } from 'vitest';
import { recordOf } from './import-folder.ts';

it('reads file names of multi-file folders', () => {
  expect(recordOf('pre-key-12.json')).toEqual({ type: 'pre-key', id: '12' });
  expect(recordOf('session-111_1.5.json')).toEqual({ type: 'session', id: '111_1.5' });
  expect(recordOf('sender-key-1-2@g.us--111_1--5.json')).toEqual({
    type: 'sender-key',
    id: '1-2@g.us::111_1::5',
  });
  expect(recordOf('sender-key-memory-1-2@g.us.json')).toEqual({
    type: 'sender-key-memory',
    id: '1-2@g.us',
  });
  expect(recordOf('app-state-sync-key-AA__B=.json')?.id).toBe('AA/B=');
  expect(recordOf('tctoken-__index.json')?.id).toBe('__index');
  expect(recordOf('lid-mapping-15550002.json')?.type).toBe('lid-mapping');
  for (const other of ['creds.json', 'notes.txt', 'session-.json', 'pre-key-1.json.bak']) {
    expect(recordOf(other)).toBeNull();
  }
});
