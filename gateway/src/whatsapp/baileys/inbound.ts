import { type BackoffPolicy, backoffDelayMs } from '../../kernel/backoff.ts';
import type { Clock, Timer } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Random } from '../../kernel/random.ts';
import type { SessionKey } from '../../sessions/store.ts';
import {
  type InboundRow,
  type Journal,
  type OnMessage,
  type ReadRow,
  recordRow,
} from './inbound-row.ts';

export interface InboundDeps {
  readonly journal: Journal;
  readonly key: SessionKey;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly read: ReadRow;
  readonly onMessage: OnMessage;
}

/** Rows held in memory. Beyond it they wait in the journal, from where they are read in pages. */
const MEMORY_LIMIT = 1_000;
const PAGE = 100;
/** After that many failures a row is left in the journal until the next connection. */
const MAX_ATTEMPTS = 5;
const RETRY: BackoffPolicy = { baseMs: 200, capMs: 5_000 };
/** How long `stop` goes on handing over what was read already. */
const DRAIN_MS = 5_000;

interface HeldLane {
  readonly rows: InboundRow[];
  attempts: number;
  timer: Timer;
}

/**
 * Hands decrypted messages to their recorder, one at a time and in the order of the journal. This is the
 * only way in: live rows are pushed right after their commit; rows that were left open, or came while
 * memory was full, are read from the journal; and both are the same rows.
 *
 * A row whose recorder fails holds up its own chat only: it is tried five times with growing pauses,
 * then left in the journal (logged), and the chat goes on.
 */
export class Inbound {
  readonly #deps: InboundDeps;
  #ready: InboundRow[] = [];
  readonly #held = new Map<string, HeldLane>();
  #inMemory = 0;
  #lastId = 0;
  #state: 'idle' | 'handing over' | 'stopped' = 'idle';
  /** True while rows may stand in the journal that are not in memory; at first nobody knows. */
  #behind = true;
  #missed = false;
  #running: Promise<void> | null = null;
  #retryRead: Timer | null = null;

  constructor(deps: InboundDeps) {
    this.#deps = deps;
  }

  /** Starts with what is still open in the journal. */
  start(): void {
    this.#state = 'handing over';
    this.#wake();
  }

  /** A row that was just committed. */
  push(row: InboundRow): void {
    if (this.#behind || this.#inMemory >= MEMORY_LIMIT) {
      this.#behind = true;
      this.#missed = true;
    } else this.#take(row);
    this.#wake();
  }

  /** Goes on for at most five seconds, then ends for good; what is left stays in the journal. */
  async stop(): Promise<void> {
    const halt = () => {
      this.#state = 'stopped';
    };
    const limit = this.#deps.clock.after(DRAIN_MS, halt);
    await this.#running;
    limit.cancel();
    halt();
    await this.#running;
    this.#retryRead?.cancel();
    for (const { timer } of this.#held.values()) timer.cancel();
    this.#held.clear();
    this.#ready = [];
  }

  #take(row: InboundRow): void {
    this.#inMemory++;
    this.#lastId = Math.max(this.#lastId, row.id);
    this.#ready.push(row);
  }

  #wake(): void {
    if (!this.#running && this.#state === 'handing over') this.#runNext(() => this.#run());
  }

  /** One thing at a time: `work` begins when what runs now has ended. */
  #runNext(work: () => Promise<void>): void {
    const turn = (this.#running ?? Promise.resolve()).then(work).finally(() => {
      if (this.#running !== turn) return;
      this.#running = null;
      if (this.#ready.length > 0 || this.#missed) this.#wake();
    });
    this.#running = turn;
  }

  async #run(): Promise<void> {
    while (this.#state === 'handing over') {
      const row = this.#ready.shift();
      if (row) await this.#process(row);
      else if (!this.#behind || !(await this.#readMore())) return;
    }
  }

  async #process(row: InboundRow): Promise<void> {
    const held = this.#held.get(row.lane);
    if (held) {
      held.rows.push(row);
      return;
    }
    try {
      await this.#record(row);
      this.#inMemory--;
    } catch (error) {
      this.#deps.logger.warn({ err: error, journalId: row.id }, 'a message was not recorded yet');
      const timer = this.#retryTimer(row.lane, 1);
      this.#held.set(row.lane, { rows: [row], attempts: 1, timer });
    }
  }

  async #record(row: InboundRow): Promise<void> {
    const { journal, key, onMessage, logger } = this.#deps;
    const outcome = await recordRow(row, journal, key, onMessage);
    if (typeof outcome === 'number') return;
    logger.error(
      { journalId: row.id, reason: outcome.unreadable },
      'a decrypted message cannot be read; it stays in the journal',
    );
  }

  #retryTimer(lane: string, attempts: number): Timer {
    const { clock, random } = this.#deps;
    const delayMs = RETRY.baseMs + backoffDelayMs(RETRY, attempts, random.next());
    return clock.after(delayMs, () => this.#runNext(() => this.#retryLane(lane)));
  }

  async #retryLane(name: string): Promise<void> {
    const lane = this.#held.get(name);
    if (lane && !(await this.#clearLane(name, lane))) return;
    this.#held.delete(name);
    await this.#run();
  }

  /** Records the rows of a held chat; false when one failed again and the rest must wait. */
  async #clearLane(name: string, lane: HeldLane): Promise<boolean> {
    for (let [row] = lane.rows; row; [row] = lane.rows) {
      if (this.#state !== 'handing over') return false;
      try {
        await this.#record(row);
      } catch (error) {
        lane.attempts++;
        if (lane.attempts < MAX_ATTEMPTS) {
          lane.timer = this.#retryTimer(name, lane.attempts);
          return false;
        }
        this.#deps.logger.error(
          { err: error, journalId: row.id },
          'a message could not be recorded; it stays in the journal until the next connection',
        );
      }
      lane.rows.shift();
      lane.attempts = 0;
      this.#inMemory--;
    }
    return true;
  }

  /** Reads the next page of the journal; false when there is none, or no room. */
  async #readMore(): Promise<boolean> {
    const { journal, key, read, logger, clock } = this.#deps;
    this.#missed = false;
    if (this.#inMemory >= MEMORY_LIMIT) return false;
    try {
      const entries = await journal.openJournal(key, this.#lastId, PAGE);
      for (const entry of entries) this.#take(await read(entry));
      if (entries.length === 0) this.#behind = this.#missed;
      return entries.length > 0 || this.#behind;
    } catch (error) {
      logger.error({ err: error }, 'the journal cannot be read at the moment');
      this.#missed = false;
      this.#retryRead = clock.after(RETRY.capMs, () => this.#wake());
      return false;
    }
  }
}
