import { nextTurn } from '../../kernel/next-turn.ts';
import type {
  Attempt,
  DeliveryFilter,
  DeliveryRecord,
  DeliveryState,
  WebhookStore,
} from '../../webhooks/store.ts';
import type { SqliteContext } from './context.ts';
import { createLanes, type Lane } from './lanes.ts';
import type { Place, Sealer } from './sealer.ts';

interface LogRow extends Lane {
  ref: number;
  id: string;
  state: DeliveryState;
  queued_at_ms: number;
  next_attempt_at_ms: number | null;
  event_id: string;
  event: string;
  session_id: string;
}

interface AttemptRow {
  number: number;
  started_at_ms: number;
  duration_ms: number;
  status: number | null;
  error_stage: Attempt['errorStage'];
  error: string | null;
  response_excerpt: Uint8Array | null;
}

/** Numbers of rows, the upper end excluded. */
interface Range {
  readonly from: number;
  readonly below: number;
}

type LogMethods = Pick<WebhookStore, 'deliveries' | 'countDeliveries' | 'replay'>;

const ALL_STATES: readonly DeliveryState[] = ['pending', 'delivered', 'failed'];
const FINISHED: readonly DeliveryState[] = ['delivered', 'failed'];

/**
 * Row numbers looked at without letting others run: few at first, since most pages are full at once,
 * then more and more, since a filter may pass few of a million rows.
 */
const FIRST_WINDOW = 250;
const LARGEST_WINDOW = 4_000;
const ATTEMPTS_SHOWN = 50;

export const excerptPlace = (deliveryId: string, number: number): Place => [
  'attempts',
  deliveryId,
  number,
];

/** The log side of deliveries: listing, counting, replaying. */
export function createDeliveryLog(context: SqliteContext): LogMethods {
  const { writer, write, read, sealer } = context;
  const sql = prepare(context);
  const lanes = createLanes(writer);

  const extent = (endpointId: string, states: readonly DeliveryState[]): Range => {
    const ends = states.map((state) => sql.extent.get({ endpoint: endpointId, state }));
    return {
      from: Math.min(...ends.map((end) => end?.first ?? Infinity)),
      below: Math.max(...ends.map((end) => (end?.last ?? -1) + 1)),
    };
  };

  /** Matching rows of a range, in the order of its direction, read window by window. */
  async function collect(
    endpointId: string,
    filter: DeliveryFilter,
    states: readonly DeliveryState[],
    order: { readonly direction: 'newest' | 'oldest'; readonly range: Range },
    limit: number,
  ): Promise<LogRow[]> {
    const source = filter.ids ? 'byIds' : 'byRange';
    const statement = sql[source][order.direction];
    const parameters = parametersOf(endpointId, filter, states);
    const found: LogRow[] = [];
    for (const window of windows(order.range, order.direction, filter.ids !== undefined)) {
      const rest = limit - found.length;
      found.push(...(await read(() => statement.all({ ...parameters, ...window, limit: rest }))));
      if (found.length >= limit) break;
      await nextTurn();
    }
    return found;
  }

  function replayOne(row: LogRow, nowMs: number): number {
    // In the meantime it may have been replayed by another call, or removed.
    const state = sql.state.get(row.ref);
    if (!state || !FINISHED.includes(state)) return 0;
    const head = lanes.takesLead(row, row.ref);
    return sql.requeue.run(Number(head), nowMs, row.ref).changes;
  }

  return {
    async deliveries(endpointId, { limit, before, ...filter }) {
      const states = filter.state ? [filter.state] : ALL_STATES;
      const range = await read(() => {
        const whole = extent(endpointId, states);
        const end = before === undefined ? undefined : sql.atOrAfter.get(before);
        return { ...whole, below: Math.min(whole.below, end ?? whole.below) };
      });
      const rows = await collect(endpointId, filter, states, { direction: 'newest', range }, limit);
      return read(() =>
        rows.map((row) => toRecord(row, endpointId, attemptsOf(sealer, row, sql.attempts))),
      );
    },
    async countDeliveries(endpointId, filter) {
      const states = filter.state ? [filter.state] : ALL_STATES;
      const range = await read(() => extent(endpointId, states));
      const statement = sql[filter.ids ? 'byIds' : 'byRange'].count;
      const parameters = parametersOf(endpointId, filter, states);
      let count = 0;
      for (const window of windows(range, 'oldest', filter.ids !== undefined)) {
        count += await read(() => statement.get({ ...parameters, ...window }) ?? 0);
        await nextTurn();
      }
      return count;
    },
    async replay(endpointId, filter, nowMs, { limit, after }) {
      const states = FINISHED.filter((state) => !filter.state || filter.state === state);
      const range = await read(() => {
        const whole = extent(endpointId, states);
        const start = after === null ? undefined : sql.atOrBefore.get(after);
        return { ...whole, from: Math.max(whole.from, (start ?? -1) + 1) };
      });
      const rows = await collect(endpointId, filter, states, { direction: 'oldest', range }, limit);
      const replayed = await write(() => rows.reduce((sum, row) => sum + replayOne(row, nowMs), 0));
      const last = rows.length < limit ? undefined : rows.at(-1);
      return { replayed, last: last?.id ?? null };
    },
  };
}

/** Cuts a range into windows; `whole` leaves it in one piece. */
function* windows(range: Range, direction: 'newest' | 'oldest', whole: boolean): Iterable<Range> {
  let { from, below } = range;
  for (let size = whole ? Infinity : FIRST_WINDOW; from < below; ) {
    if (direction === 'oldest') {
      yield { from, below: Math.min(from + size, below) };
      from += size;
    } else {
      yield { from: Math.max(below - size, from), below };
      below -= size;
    }
    size = Math.max(size, Math.min(size * 2, LARGEST_WINDOW));
  }
}

/** Named parameters; an absent field of the filter is NULL and does not narrow. */
function parametersOf(
  endpointId: string,
  filter: DeliveryFilter,
  states: readonly DeliveryState[],
) {
  const prefix = filter.event?.endsWith('*') ? filter.event.slice(0, -1) : null;
  return {
    endpoint: endpointId,
    state1: states[0] ?? null,
    state2: states[1] ?? null,
    state3: states[2] ?? null,
    event: prefix === null ? (filter.event ?? null) : null,
    prefix,
    orderKey: filter.orderKey ?? null,
    fromMs: filter.fromMs ?? null,
    toMs: filter.toMs ?? null,
    ...(filter.ids ? { ids: JSON.stringify(filter.ids) } : {}),
  };
}

type Parameters = ReturnType<typeof parametersOf> & Range;

function prepare({ writer, reader }: SqliteContext) {
  const matching = (columns: string, source: string, tail: string) => `
    SELECT ${columns} FROM ${source} CROSS JOIN events e ON e.id = d.event_ref
    WHERE d.endpoint_ref = (SELECT ref FROM endpoint_refs WHERE id = @endpoint)
      AND d.state IN (@state1, @state2, @state3) AND d.ref >= @from AND d.ref < @below
      AND (@orderKey IS NULL OR d.order_key = @orderKey)
      AND (@fromMs IS NULL OR d.queued_at_ms >= @fromMs)
      AND (@toMs IS NULL OR d.queued_at_ms < @toMs)
      AND (@event IS NULL OR e.event = @event)
      AND (@prefix IS NULL OR substr(e.event, 1, length(@prefix)) = @prefix)
    ${tail}`;
  const columns = `d.ref, d.id, d.endpoint_ref, d.order_key, d.state, d.queued_at_ms,
    d.next_attempt_at_ms, e.event_id, e.event, e.session_id`;
  const variants = (source: string) => ({
    newest: reader.prepare<Parameters & { limit: number }, LogRow>(
      matching(columns, source, 'ORDER BY d.ref DESC LIMIT @limit'),
    ),
    oldest: reader.prepare<Parameters & { limit: number }, LogRow>(
      matching(columns, source, 'ORDER BY d.ref LIMIT @limit'),
    ),
    count: reader.prepare<Parameters, number>(matching('count(*)', source, '')).pluck(),
  });
  return {
    byRange: variants('deliveries d'),
    byIds: variants(
      '(SELECT DISTINCT value FROM json_each(@ids)) i CROSS JOIN deliveries d ON d.id = i.value',
    ),
    extent: reader.prepare<
      { endpoint: string; state: DeliveryState },
      { first: number | null; last: number | null }
    >(
      `SELECT
         (SELECT min(ref) FROM deliveries WHERE endpoint_ref = r.ref AND state = @state) AS first,
         (SELECT max(ref) FROM deliveries WHERE endpoint_ref = r.ref AND state = @state) AS last
       FROM endpoint_refs r WHERE r.id = @endpoint`,
    ),
    // Ids sort by time of creation, so a neighbour stands in for a row that is no longer kept.
    atOrAfter: reader
      .prepare<[string], number>('SELECT ref FROM deliveries WHERE id >= ? ORDER BY id LIMIT 1')
      .pluck(),
    atOrBefore: reader
      .prepare<[string], number>(
        'SELECT ref FROM deliveries WHERE id <= ? ORDER BY id DESC LIMIT 1',
      )
      .pluck(),
    attempts: reader.prepare<[number, number], AttemptRow>(
      `SELECT number, started_at_ms, duration_ms, status, error_stage, error, response_excerpt
       FROM attempts WHERE delivery_ref = ? ORDER BY number DESC LIMIT ?`,
    ),
    state: writer
      .prepare<[number], DeliveryState>('SELECT state FROM deliveries WHERE ref = ?')
      .pluck(),
    requeue: writer.prepare(
      `UPDATE deliveries SET state = 'pending', head = ?, next_attempt_at_ms = ?,
         schedule_base = attempts
       WHERE ref = ?`,
    ),
  };
}

function attemptsOf(
  sealer: Sealer,
  row: LogRow,
  newest: ReturnType<typeof prepare>['attempts'],
): Attempt[] {
  return newest
    .all(row.ref, ATTEMPTS_SHOWN)
    .reverse()
    .map((attempt) => ({
      number: attempt.number,
      startedAtMs: attempt.started_at_ms,
      durationMs: attempt.duration_ms,
      status: attempt.status,
      errorStage: attempt.error_stage,
      error: attempt.error,
      responseExcerpt:
        attempt.response_excerpt &&
        Buffer.from(
          sealer.open(attempt.response_excerpt, excerptPlace(row.id, attempt.number)),
        ).toString(),
    }));
}

const toRecord = (
  row: LogRow,
  endpointId: string,
  attempts: readonly Attempt[],
): DeliveryRecord => ({
  id: row.id,
  endpointId,
  eventId: row.event_id,
  event: row.event,
  sessionId: row.session_id,
  orderKey: row.order_key,
  state: row.state,
  queuedAtMs: row.queued_at_ms,
  nextAttemptAtMs: row.next_attempt_at_ms,
  attempts,
});
