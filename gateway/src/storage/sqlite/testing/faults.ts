import Database from 'better-sqlite3';
import type { Connect, Connection } from '../connection.ts';
import type { Disk } from '../open.ts';
import { unsynced } from './folder.ts';

/** How SQLite fails: some errors leave the transaction standing, others have rolled it back already. */
export interface Fault {
  readonly code: 'SQLITE_FULL' | 'SQLITE_IOERR' | 'SQLITE_READONLY';
  readonly rollsBack: boolean;
  /** How many operations in a row fail; 1 if absent. */
  readonly times?: number;
  /** Strikes this statement alone, and counts no other; any if absent. */
  readonly only?: 'COMMIT';
}

/** The operations of a writer's statement that touch the database. */
const OPERATIONS = new Set(['run', 'get', 'all', 'iterate']);

/**
 * Lets the n-th operation on the writing connection fail, BEGIN, COMMIT and ROLLBACK included, without
 * having done anything. Sits where the driver meets better-sqlite3.
 */
export class Faults {
  #countdown = 0;
  #fault: Fault | null = null;
  #writer: Connection | null = null;

  /** True once the fault has happened. */
  get struck(): boolean {
    return this.#fault === null;
  }

  /** The connection itself, past the faults. */
  get writer(): Connection {
    if (!this.#writer) throw new Error('not connected');
    return this.#writer;
  }

  arm(n: number, fault: Fault): void {
    this.#countdown = n;
    this.#fault = fault;
  }

  disarm(): void {
    this.#fault = null;
  }

  readonly connect: Connect = (file, role) => {
    const db = unsynced.connect(file, role);
    if (role === 'reader') return db;
    this.#writer = db;
    return new Proxy(db, {
      get: (target, name) => {
        if (name === 'prepare') return (sql: string) => this.#guard(target.prepare(sql));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };

  readonly disk: Disk = { connect: this.connect, openLog: unsynced.openLog };

  #guard<S extends object>(statement: S): S {
    return new Proxy(statement, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...parameters: unknown[]) => {
          if (OPERATIONS.has(String(name))) this.#strike(sqlOf(target));
          const result: unknown = value.apply(target, parameters);
          return result === target ? this.#guard(target) : result;
        };
      },
    });
  }

  #strike(sql: string): void {
    if (!this.#fault || (this.#fault.only ?? sql) !== sql || --this.#countdown > 0) return;
    const { code, rollsBack, times = 1 } = this.#fault;
    if (this.#countdown <= 1 - times) this.#fault = null;
    if (rollsBack && this.writer.inTransaction) this.writer.exec('ROLLBACK');
    throw new Database.SqliteError('made to fail', code);
  }
}

const sqlOf = (statement: object): string => String(Reflect.get(statement, 'source'));
