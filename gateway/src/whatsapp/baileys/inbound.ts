import { type BackoffPolicy, backoffDelayMs } from '../../kernel/backoff.ts';
import { type Clock, sleep, type Timer } from '../../kernel/clock.ts';
import type { Random } from '../../kernel/random.ts';
import { type InboundRow, type ReadRow, type RowsDeps, recordRows } from './inbound-row.ts';

export interface InboundDeps extends RowsDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly read: ReadRow;
}

/** Rows held in memory. Beyond it they wait in the journal, from where they are read in pages. */
const MEMORY_LIMIT = 1_000;
const PAGE = 100;
/** Chats whose messages are being recorded at the same time: their commits share a disk sync. */
const CHATS_AT_ONCE = 8;
/** Rows of one chat that are recorded in one go: as many as are decrypted in one. */
const RUN = 64;
/** After that many failures a row is left in the journal until the next connection. */
const MAX_ATTEMPTS = 5;
const RETRY: BackoffPolicy = { baseMs: 200, capMs: 5_000 };
/** How long `stop` goes on handing over what was read already. */
const DRAIN_MS = 5_000;

/** The rows of one chat that are not recorded yet, oldest first. */
interface Lane {
  readonly name: string;
  readonly rows: InboundRow[];
  state: 'waiting' | 'working' | 'held';
  /** Failures of the run that begins with the first row; after one, rows are recorded one by one. */
  attempts: number;
  retry: Timer | null;
}

/**
 * Hands decrypted messages to their recorder: those of one chat in the order of the journal, up to 64 in
 * one go, of up to eight chats at a time. This is the only way in: live rows are pushed right after
 * their commit; rows that were left open, or came while memory was full, are read from the journal; and
 * both are the same rows.
 *
 * A row whose recorder fails holds up its own chat only: it is tried five times with growing pauses,
 * then left in the journal (logged), and the chat goes on.
 */
export class Inbound {
  readonly #deps: InboundDeps;
  readonly #lanes = new Map<string, Lane>();
  #waiting: Lane[] = [];
  #working = 0;
  #inMemory = 0;
  #lastId = 0;
  #state: 'new' | 'running' | 'stopped' = 'new';
  /** True while rows may stand in the journal that are not in memory; at first nobody knows. */
  #behind = true;
  /** True when a row came while the journal was being read, perhaps too late for that. */
  #missed = false;
  #reading: Promise<void> | null = null;
  #readLater: Timer | null = null;
  #settled: () => void = () => undefined;

  constructor(deps: InboundDeps) {
    this.#deps = deps;
  }

  /** Whether live messages wait to be recorded. */
  get isBusy(): boolean {
    return this.#working > 0 || this.#waiting.length > 0;
  }

  /** Starts with what is still open in the journal. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#go();
  }

  /** A row that was just committed. */
  push(row: InboundRow): void {
    if (this.#behind || this.#inMemory >= MEMORY_LIMIT) {
      this.#behind = true;
      this.#missed = true;
    } else this.#take(row);
    this.#go();
  }

  /** Goes on for at most five seconds, then ends for good; what is left stays in the journal. */
  async stop(): Promise<void> {
    if (this.#state === 'running') {
      const done = new AbortController();
      const idle = this.#idle().then(() => done.abort());
      await Promise.race([idle, sleep(this.#deps.clock, DRAIN_MS, done.signal)]);
    }
    this.#state = 'stopped';
    this.#readLater?.cancel();
    for (const { retry } of this.#lanes.values()) retry?.cancel();
    this.#waiting = [];
    await this.#idle();
  }

  /** Resolves when nothing is being recorded or read, and nothing could be at once. */
  async #idle(): Promise<void> {
    while (this.#working > 0 || this.#waiting.length > 0 || this.#reading) {
      await new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
    }
  }

  #take(row: InboundRow): void {
    this.#inMemory++;
    this.#lastId = Math.max(this.#lastId, row.id);
    const existing = this.#lanes.get(row.lane);
    if (existing) {
      existing.rows.push(row);
      return;
    }
    const lane: Lane = {
      name: row.lane,
      rows: [row],
      state: 'waiting',
      attempts: 0,
      retry: null,
    };
    this.#lanes.set(row.lane, lane);
    this.#waiting.push(lane);
  }

  /** Begins whatever can begin now. */
  #go(): void {
    if (this.#state !== 'running') return;
    while (this.#working < CHATS_AT_ONCE) {
      const lane = this.#waiting.shift();
      if (!lane) break;
      this.#working++;
      lane.state = 'working';
      void this.#clear(lane).finally(() => {
        this.#working--;
        this.#go();
        this.#settled();
      });
    }
    const hasRoom = this.#inMemory <= MEMORY_LIMIT - PAGE;
    if (this.#behind && hasRoom && !this.#reading && !this.#readLater) {
      this.#reading = this.#readMore().finally(() => {
        this.#reading = null;
        this.#go();
        this.#settled();
      });
    }
  }

  /** Records the rows of a chat until there are none, or one fails and must wait. */
  async #clear(lane: Lane): Promise<void> {
    // Rows that were committed together are pushed one right after the other.
    await Promise.resolve();
    while (lane.rows.length > 0 && this.#state === 'running') {
      const run = lane.rows.slice(0, lane.attempts > 0 ? 1 : RUN);
      try {
        await recordRows(run, this.#deps);
      } catch (error) {
        if (!this.#giveUp(lane, error)) return;
      }
      lane.rows.splice(0, run.length);
      lane.attempts = 0;
      this.#inMemory -= run.length;
    }
    if (lane.rows.length === 0) this.#lanes.delete(lane.name);
  }

  /** Whether the first row, having failed, is left behind; if not, its chat waits for the next try. */
  #giveUp(lane: Lane, error: unknown): boolean {
    const { clock, random, logger } = this.#deps;
    const about = { err: error, journalId: lane.rows[0]?.id };
    lane.attempts++;
    if (lane.attempts >= MAX_ATTEMPTS) {
      logger.error(
        about,
        'a message was not recorded; it stays in the journal for the next connection',
      );
      return true;
    }
    logger.warn(about, 'a message was not recorded yet');
    const pauseMs = RETRY.baseMs + backoffDelayMs(RETRY, lane.attempts, random.next());
    lane.state = 'held';
    lane.retry = clock.after(pauseMs, () => {
      lane.state = 'waiting';
      lane.retry = null;
      this.#waiting.push(lane);
      this.#go();
    });
    return false;
  }

  /** Reads the next page of the journal. */
  async #readMore(): Promise<void> {
    const { journal, key, read, logger, clock } = this.#deps;
    this.#missed = false;
    try {
      const entries = await journal.openJournal(key, this.#lastId, PAGE);
      for (const entry of entries) this.#take(await read(entry));
      if (entries.length === 0) this.#behind = this.#missed;
    } catch (error) {
      logger.error({ err: error }, 'the journal cannot be read at the moment');
      this.#readLater = clock.after(RETRY.capMs, () => {
        this.#readLater = null;
        this.#go();
      });
    }
  }
}
