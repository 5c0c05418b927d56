import {
  budgetOf,
  decideNext,
  type Effort,
  type HoldReason,
  isSolicited,
  type Priority,
  type Situation,
  type Waiting,
} from './pace.ts';
import type { PacingPolicy } from './policy.ts';
import { afterRefusal, afterSuccess, type Restrictions } from './restrictions.ts';
import { rampStartMs } from './warm-up.ts';

/** Something that happens to a session from outside. */
export type Happening =
  | {
      readonly type: 'accepted';
      readonly atMs: number;
      readonly messageId: string;
      readonly chatId: string;
      readonly priority: Priority;
      readonly textKey: string | null;
      readonly effort: Effort;
    }
  /** A chat wrote to us, or we to it besides what is simulated; also before the beginning. */
  | { readonly type: 'heard' | 'wrote'; readonly atMs: number; readonly chatId: string }
  | { readonly type: 'opened'; readonly atMs: number }
  | { readonly type: 'restricted'; readonly atMs: number; readonly restrictions: Restrictions };

/** One send of the plan, and what decided its instant. */
export interface PlannedSend {
  readonly messageId: string;
  readonly chatId: string;
  readonly acceptedAtMs: number;
  readonly atMs: number;
  readonly budget: 'warm' | 'cold';
  readonly priority: Priority;
  readonly reason: HoldReason;
}

/** How WhatsApp takes a send: `acked`, or refused for good with a code. */
export type Answer = 'acked' | number;

/** What a simulation begins with; `history` is added to. */
export type Beginning = Omit<Situation, 'chance'>;

/** Heads of chats that are considered per kind; behind them the same holds apply anyway. */
const HEADS_PER_KIND = 8;

interface Chat {
  readonly id: string;
  heardAtMs: number | null;
  wroteAtMs: number | null;
  readonly jobs: Extract<Happening, { type: 'accepted' }>[];
  bucket: number | null;
}

/**
 * Plays a session under a policy in virtual time and yields its sends, without end when sends can never
 * happen: stop at a time or number of your choice. `happenings` are in order of time. `answer` says how
 * WhatsApp takes a send, at once; a refused message is not tried again.
 */
export function* simulate(
  policy: PacingPolicy,
  beginning: Beginning,
  happenings: Iterable<Happening>,
  chance: () => number,
  answer: (send: PlannedSend) => Answer = () => 'acked',
): Generator<PlannedSend, void, void> {
  const chats = new Chats(policy);
  const source = happenings[Symbol.iterator]();
  let upcoming = source.next();
  let situation: Situation = { ...beginning, chance: chance() };
  for (;;) {
    const next = decideNext(policy, chats.heads(), situation);
    const happening = upcoming.done ? null : upcoming.value;
    if (happening && (!next || happening.atMs <= Math.max(next.atMs, situation.nowMs))) {
      situation = happen(chats, situation, happening);
      upcoming = source.next();
      continue;
    }
    if (!next || !Number.isFinite(next.atMs)) return;
    if (next.atMs > situation.nowMs) {
      situation = { ...situation, nowMs: next.atMs };
      const then = decideNext(policy, chats.heads(), situation);
      if (then?.job.messageId !== next.job.messageId || then.atMs > next.atMs) continue;
    }
    const { nowMs } = situation;
    const budget = budgetOf(policy, next.job, nowMs);
    const { messageId, chatId, priority, textKey, dueAtMs } = next.job;
    const lastMs = situation.history.all.lastMs;
    situation.history.add({ atMs: nowMs, chatId, budget, textKey });
    chats.sent(chatId, nowMs);
    const { reason } = next;
    const send = {
      messageId,
      chatId,
      acceptedAtMs: dueAtMs,
      atMs: nowMs,
      budget,
      priority,
      reason,
    };
    situation = {
      ...situation,
      chance: chance(),
      warmUpFromMs: rampStartMs(policy.warmUp, situation.warmUpFromMs, lastMs, nowMs),
      restrictions: answered(situation.restrictions, send, answer(send)),
    };
    yield send;
  }
}

function answered(before: Restrictions, send: PlannedSend, answer: Answer): Restrictions {
  return answer === 'acked'
    ? afterSuccess(before, send.budget === 'cold')
    : afterRefusal(before, answer, send.atMs);
}

function happen(chats: Chats, situation: Situation, happening: Happening): Situation {
  const nowMs = Math.max(situation.nowMs, happening.atMs);
  switch (happening.type) {
    case 'accepted':
      chats.accept(happening);
      return { ...situation, nowMs };
    case 'heard':
      chats.heard(happening.chatId, happening.atMs);
      return { ...situation, nowMs };
    case 'wrote':
      chats.wrote(happening.chatId, happening.atMs);
      return { ...situation, nowMs };
    case 'opened':
      return { ...situation, nowMs, openedAtMs: nowMs };
    case 'restricted':
      return { ...situation, nowMs, restrictions: happening.restrictions };
  }
}

/** The lines of all chats, sorted by kind so that a long line of one kind does not hide another. */
class Chats {
  readonly #policy: PacingPolicy;
  readonly #chats = new Map<string, Chat>();
  /** By priority and kind, as the queue's heads are: heard of, written to, strangers. */
  readonly #buckets: readonly Map<string, Chat>[] = Array.from({ length: 6 }, () => new Map());

  constructor(policy: PacingPolicy) {
    this.#policy = policy;
  }

  accept(job: Extract<Happening, { type: 'accepted' }>): void {
    const chat = this.#chat(job.chatId);
    chat.jobs.push(job);
    this.#sort(chat, job.atMs);
  }

  heard(chatId: string, atMs: number): void {
    const chat = this.#chat(chatId);
    chat.heardAtMs = atMs;
    this.#sort(chat, atMs);
  }

  wrote(chatId: string, atMs: number): void {
    const chat = this.#chat(chatId);
    chat.wroteAtMs = atMs;
    this.#sort(chat, atMs);
  }

  sent(chatId: string, atMs: number): void {
    const chat = this.#chat(chatId);
    chat.jobs.shift();
    chat.wroteAtMs = atMs;
    if (chat.bucket !== null) this.#buckets[chat.bucket]?.delete(chatId);
    chat.bucket = null;
    this.#sort(chat, atMs);
  }

  heads(): Waiting[] {
    const heads: Waiting[] = [];
    for (const bucket of this.#buckets) {
      let taken = 0;
      for (const chat of bucket.values()) {
        const head = headOf(chat);
        if (head) heads.push(head);
        if (++taken === HEADS_PER_KIND) break;
      }
    }
    return heads;
  }

  #chat(id: string): Chat {
    const known = this.#chats.get(id);
    if (known) return known;
    const chat: Chat = { id, heardAtMs: null, wroteAtMs: null, jobs: [], bucket: null };
    this.#chats.set(id, chat);
    return chat;
  }

  #sort(chat: Chat, nowMs: number): void {
    const head = headOf(chat);
    const bucket = head && (head.priority === 'bulk' ? 3 : 0) + kindOf(this.#policy, head, nowMs);
    if (bucket === chat.bucket) return;
    if (chat.bucket !== null) this.#buckets[chat.bucket]?.delete(chat.id);
    chat.bucket = bucket;
    if (bucket !== null) this.#buckets[bucket]?.set(chat.id, chat);
  }
}

function kindOf(policy: PacingPolicy, head: Waiting, nowMs: number): 0 | 1 | 2 {
  if (isSolicited(policy, head, nowMs)) return 0;
  return budgetOf(policy, head, nowMs) === 'warm' ? 1 : 2;
}

function headOf(chat: Chat): Waiting | null {
  const [head] = chat.jobs;
  if (!head) return null;
  const urgent = chat.jobs.some(({ priority }) => priority === 'direct');
  return {
    messageId: head.messageId,
    chatId: head.chatId,
    dueAtMs: head.atMs,
    priority: urgent ? 'direct' : 'bulk',
    heardAtMs: chat.heardAtMs,
    wroteAtMs: chat.wroteAtMs,
    textKey: head.textKey,
    effort: head.effort,
  };
}
