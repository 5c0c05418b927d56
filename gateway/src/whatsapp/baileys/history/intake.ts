import { processHistoryMessage } from 'baileys';
import { type BackoffPolicy, backoffDelayMs } from '../../../kernel/backoff.ts';
import { type Clock, sleep } from '../../../kernel/clock.ts';
import type { Logger } from '../../../kernel/logger.ts';
import { nextTurn } from '../../../kernel/next-turn.ts';
import type { Random } from '../../../kernel/random.ts';
import type { SessionKey } from '../../../sessions/store.ts';
import type { HistoryBudget, PastMessage } from '../../history.ts';
import type { Notice } from '../../notice.ts';
import type { JournalEntry } from '../../store.ts';
import type { Egress } from '../egress.ts';
import type { Journal, ReadRow } from '../inbound-row.ts';
import type { DeviceKeys } from '../key-store.ts';
import type { LidMapping } from '../lid-mapping.ts';
import { toldByHistory } from '../notices/chats.ts';
import { historyNotice, namesNotice } from '../notices/told-by-library.ts';
import { openChunk } from './chunk.ts';
import { type HistoryNotification, UnreadableChunk } from './download.ts';
import { nameTwice, pastMessage, withinBudget } from './past-message.ts';
import { keepTokens } from './tokens.ts';

export interface HistoryIntakeDeps {
  readonly journal: Journal;
  readonly key: SessionKey;
  readonly read: ReadRow;
  readonly egress: Egress | null;
  readonly budget: HistoryBudget;
  readonly lidMapping: Pick<LidMapping, 'storeLIDPNMappings' | 'getKnownLid'>;
  /** For the tokens of people the account knows. */
  readonly keys: Pick<DeviceKeys, 'withTokens'>;
  /** Whether live messages wait to be recorded. */
  readonly isBusy: () => boolean;
  readonly onNotice: (notice: Notice) => Promise<void>;
  /** Resolves, when all are kept, with how many were not there yet. */
  readonly onPast: (messages: readonly PastMessage[]) => Promise<number>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Messages kept per transaction. */
const BATCH = 50;
/** How long a batch waits before it looks again whether live messages are through. */
const LOOK_EVERY_MS = 20;
/** After that many failures a chunk is left in the journal until the next connection. */
const MAX_ATTEMPTS = 5;
const RETRY: BackoffPolicy = { baseMs: 1_000, capMs: 60_000 };
/** WhatsApp stores a chunk for some days; one that could not be fetched by then is given up. */
const GIVE_UP_AFTER_MS = 7 * 24 * 3_600_000;

/**
 * Takes over the history of a phone, on a budget; who is who, and tokens, whatever that says. Each chunk
 * stands in the journal, from before WhatsApp was told that we have it until all of it is kept: what a crash
 * interrupts is done again, and what is there twice changes nothing. One chunk is in memory at a time (at
 * most 64 MiB inflated); of those that wait only the numbers of their rows. Before each step of 50 messages
 * whatever is live goes first.
 */
export class HistoryIntake {
  readonly #deps: HistoryIntakeDeps;
  readonly #waiting: number[] = [];
  readonly #stop = new AbortController();
  #isRunning = false;
  #run: Promise<void> = Promise.resolve();

  constructor(deps: HistoryIntakeDeps) {
    this.#deps = deps;
  }

  /** A chunk that stands in the journal. */
  push(journalId: number): void {
    this.#waiting.push(journalId);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#run = this.#go();
  }

  /** Finishes the step at work, ends a download at once; what is left stays in the journal. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#run;
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #go(): Promise<void> {
    for (let id = this.#waiting.shift(); id !== undefined; id = this.#waiting.shift()) {
      for (let attempt = 1; !this.#isStopped; attempt++) {
        if (await this.#tries(id, attempt)) break;
      }
      if (this.#isStopped) break;
    }
    this.#isRunning = false;
  }

  /** Whether the chunk is done with, for this connection at least. */
  async #tries(id: number, attempt: number): Promise<boolean> {
    const { journal, key, clock, random, logger } = this.#deps;
    let entry: JournalEntry | undefined;
    try {
      [entry] = await journal.openJournal(key, id - 1, 1);
      if (entry?.id !== id) return true;
      if (await this.#take(entry)) await journal.closeJournal(key, [id]);
      return true;
    } catch (error) {
      if (this.#isStopped) return false;
      const about = { err: error, journalId: id };
      const isOld = entry !== undefined && clock.now() - entry.receivedAtMs > GIVE_UP_AFTER_MS;
      if (error instanceof UnreadableChunk || isOld) {
        logger.error(about, 'a chunk of history is given up');
        await journal.closeJournal(key, [id]).catch(() => undefined);
        return true;
      }
      if (attempt >= MAX_ATTEMPTS) {
        logger.error(about, 'a chunk of history waits for the next connection');
        return true;
      }
      logger.warn(about, 'a chunk of history was not taken over yet');
      const pauseMs = RETRY.baseMs + backoffDelayMs(RETRY, attempt, random.next());
      await sleep(clock, pauseMs, this.#stop.signal);
      return false;
    }
  }

  /** False when it was stopped on the way. */
  async #take(entry: JournalEntry): Promise<boolean> {
    const { content } = await this.#deps.read(entry);
    if (content.kind !== 'history') return true;
    return this.#keep(content.notification);
  }

  async #keep(notification: HistoryNotification): Promise<boolean> {
    const { egress, budget, lidMapping, keys, onNotice, onPast, clock } = this.#deps;
    if (!(await this.#quiet())) return false;
    const source = { egress, clock, signal: this.#stop.signal };
    const chunk = processHistoryMessage(await openChunk(notification, source));
    const infos = withinBudget(chunk.messages, budget, clock.now());
    await lidMapping.storeLIDPNMappings(chunk.lidPnMappings);
    await keepTokens(chunk.chats, { keys, lidOf: (jid) => lidMapping.getKnownLid(jid) });
    if (budget === 'off') return true;
    const names = namesNotice(chunk.contacts, 'history', { accountSyncCounter: 0 });
    if (names) await onNotice(names);
    const chats = chunk.chats.map(toldByHistory).filter((chat) => chat !== null);
    if (chats.length > 0) await onNotice({ type: 'chats', chats, gone: [], isPast: true });
    let kept = 0;
    for (let at = 0; at < infos.length; at += BATCH) {
      if (!(await this.#quiet())) return false;
      const batch = infos.slice(at, at + BATCH);
      const messages = batch.map(pastMessage).filter((message) => message !== null);
      kept += await onPast(await Promise.all(messages.map((one) => nameTwice(one, lidMapping))));
    }
    await onNotice(historyNotice(chunk.progress, chats.length, kept));
    return true;
  }

  /** Lets live messages go first; false when there is no going on. */
  async #quiet(): Promise<boolean> {
    await nextTurn();
    const { isBusy, clock } = this.#deps;
    while (isBusy() && !this.#isStopped) await sleep(clock, LOOK_EVERY_MS, this.#stop.signal);
    return !this.#isStopped;
  }
}
