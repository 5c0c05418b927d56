import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import type { Storage } from '../port.ts';
import { type Connect, type Connection, connect } from './connection.ts';
import { openWith } from './open.ts';
import { makeTestFolder, type TestFolder } from './testing/folder.ts';
import { openLog } from './write-ahead-log.ts';

/** Tables that may hold a million rows. */
const LARGE = [
  'messages',
  'jobs',
  'events',
  'deliveries',
  'attempts',
  'records',
  'journal',
  'bulk_recipients',
];

/** Statements that begin at one end of a large table and stop after a few rows. */
const STOP_EARLY = ['SELECT id, stored_at_ms FROM events ORDER BY id LIMIT ?'];

describe('query plans', () => {
  const statements = new Set<string>();
  const listening: Connect = (file, role) => {
    const db = connect(file, role);
    return new Proxy(db, {
      get(target, name) {
        if (name === 'prepare') {
          return (sql: string) => {
            statements.add(sql);
            return target.prepare(sql);
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  let folder: TestFolder;
  let storage: Storage;
  let db: Connection;

  beforeEach(async () => {
    folder = await makeTestFolder();
    storage = await openWith(
      { file: folder.file, logger: silentLogger },
      { connect: listening, openLog },
    );
    db = connect(folder.file, 'writer');
  });
  afterEach(async () => {
    db.close();
    await storage.close();
    await folder.remove();
  });

  const planOf = (sql: string): string[] => {
    const unquoted = sql.replace(/'[^']*'/g, '');
    const names = [...new Set([...unquoted.matchAll(/@(\w+)/g)].map(([, name]) => name ?? ''))];
    const parameters =
      names.length > 0
        ? [Object.fromEntries(names.map((name) => [name, null]))]
        : Array.from(sql.matchAll(/\?/g), () => null);
    const plan = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
    return plan.all(...parameters).map(({ detail }) => detail);
  };

  /** `SCAN m` means the table of which the statement says `messages m`. */
  const tableOf = (sql: string, name: string) => {
    const named = [...sql.matchAll(new RegExp(`(\\w+) ${name}\\b`, 'g'))].map(([, word]) => word);
    return LARGE.includes(name) ? name : named.find((word) => word && LARGE.includes(word));
  };
  const scans = (sql: string) =>
    planOf(sql).some((detail) => {
      const name = /^SCAN (\w+)/.exec(detail)?.[1];
      return name !== undefined && tableOf(sql, name) !== undefined;
    });

  it('never read a large table from end to end', () => {
    const asked = [...statements].filter((sql) => /^\s*(SELECT|UPDATE|DELETE|INSERT)/.test(sql));
    expect(asked.length).toBeGreaterThan(60);
    const scanning = asked.filter(scans);
    expect(scanning.filter((sql) => !STOP_EARLY.some((known) => sql.includes(known)))).toEqual([]);
    expect(scanning).toHaveLength(STOP_EARLY.length);
  });

  it('read due deliveries from the index of heads, in its order', () => {
    const [due] = [...statements].filter((sql) => sql.includes('INDEXED BY deliveries_due'));
    const plan = planOf(due ?? '');
    expect(plan.join('\n')).toContain('deliveries_due (endpoint_ref=? AND next_attempt_at_ms<?)');
    expect(plan.join('\n')).not.toContain('TEMP B-TREE');
  });
});
