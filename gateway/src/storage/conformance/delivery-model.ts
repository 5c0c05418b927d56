import type { AfterAttempt, DeliveryState } from '../../webhooks/store.ts';

/** A delivery as the model knows it. */
export interface ModelDelivery {
  readonly id: string;
  readonly endpoint: string;
  readonly lane: string;
  readonly writtenAtMs: number;
  readonly seq: number;
  state: DeliveryState;
  dueAtMs: number;
  attempts: number;
  scheduleBase: number;
}

/**
 * Deliveries in the plainest form there is: an array in the order of writing. What a driver answers is
 * compared with this after each step.
 */
export class DeliveryModel {
  rows: ModelDelivery[] = [];
  #seq = 0;

  add(id: string, endpoint: string, lane: string, nowMs: number, dueAtMs: number): void {
    const fresh = { state: 'pending', attempts: 0, scheduleBase: 0 } as const;
    this.rows.push({
      id,
      endpoint,
      lane,
      writtenAtMs: nowMs,
      seq: ++this.#seq,
      dueAtMs,
      ...fresh,
    });
  }

  pending(endpoint: string): ModelDelivery[] {
    return this.rows.filter((row) => row.endpoint === endpoint && row.state === 'pending');
  }

  heads(endpoint: string): ModelDelivery[] {
    const seen = new Set<string>();
    return this.pending(endpoint).filter(({ lane }) => !seen.has(lane) && seen.add(lane));
  }

  /** Longest due first; of those due at the same instant, the first written. */
  due(endpoint: string, nowMs: number): ModelDelivery[] {
    const due = this.heads(endpoint).filter((row) => row.dueAtMs <= nowMs);
    return due.sort((a, b) => a.dueAtMs - b.dueAtMs || a.seq - b.seq);
  }

  nextDueAtMs(endpoint: string, afterMs: number): number | null {
    const later = this.heads(endpoint).filter((row) => row.dueAtMs > afterMs);
    return later.length === 0 ? null : Math.min(...later.map(({ dueAtMs }) => dueAtMs));
  }

  record(row: ModelDelivery, counted: boolean, after: AfterAttempt): void {
    if (row.state !== 'pending') return;
    if (counted) row.attempts++;
    row.state = after.state;
    if (after.state === 'pending') row.dueAtMs = after.nextAttemptAtMs;
  }

  hasten(endpoint: string, nowMs: number): void {
    for (const row of this.heads(endpoint)) if (row.dueAtMs > nowMs) again(row, nowMs);
  }

  replay(endpoint: string, state: DeliveryState | undefined, nowMs: number): void {
    for (const row of this.rows) {
      if (row.endpoint !== endpoint || row.state === 'pending') continue;
      if (state === undefined || row.state === state) again(row, nowMs);
    }
  }

  removeEndpoint(endpoint: string): void {
    this.rows = this.rows.filter((row) => row.endpoint !== endpoint);
  }

  /** Each delivery has an event of its own, so both go together. */
  prune(beforeMs: number, keepRows: number): void {
    this.rows = this.rows.filter((row) => {
      if (row.writtenAtMs < beforeMs) return false;
      return row.seq > this.#seq - keepRows || row.state === 'pending';
    });
  }
}

function again(row: ModelDelivery, nowMs: number): void {
  row.state = 'pending';
  row.dueAtMs = nowMs;
  row.scheduleBase = row.attempts;
}
