import type { Connection } from './connection.ts';

/** The pending deliveries of one order key at one endpoint, oldest first. */
export interface Lane {
  readonly endpoint_ref: number;
  readonly order_key: string;
}

/** Keeps the mark `head` true: exactly the oldest pending delivery of each lane has it. */
export interface Lanes {
  /** The lane has lost its head: the next in line takes its place, if there is one. */
  promote(lane: Lane): void;
  /**
   * A finished delivery is about to become pending again: whether it will stand before all others of
   * its lane. Whoever is the head then is no longer.
   */
  takesLead(lane: Lane, ref: number): boolean;
}

export function createLanes(db: Connection): Lanes {
  const first = db
    .prepare<[number, string], number>(
      `SELECT ref FROM deliveries WHERE endpoint_ref = ? AND order_key = ? AND state = 'pending'
       ORDER BY ref LIMIT 1`,
    )
    .pluck();
  const mark = db.prepare<[0 | 1, number]>('UPDATE deliveries SET head = ? WHERE ref = ?');
  return {
    promote(lane) {
      const next = first.get(lane.endpoint_ref, lane.order_key);
      if (next !== undefined) mark.run(1, next);
    },
    takesLead(lane, ref) {
      const head = first.get(lane.endpoint_ref, lane.order_key);
      if (head === undefined) return true;
      if (head < ref) return false;
      mark.run(0, head);
      return true;
    },
  };
}
