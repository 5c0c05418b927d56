import type { Random } from '../kernel/random.ts';
import { placeholdersIn } from '../messages/templates/template.ts';
import type { Outbox } from '../outbox/contract.ts';
import { SendHistory } from '../outbox/pacing/history.ts';
import { DAY_MS, MAX_WINDOW_LIMIT } from '../outbox/pacing/policy.ts';
import { textKey } from '../outbox/pacing/texts.ts';
import type { PacingStore } from '../outbox/store.ts';
import { assign, type Member } from './assign.ts';
import type { Draft } from './draft.ts';
import { type Forecast, forecast, type Share } from './forecast.ts';
import { candidatesOf, membersOf, type PoolDeps } from './pool.ts';
import type { Listed } from './recipient-list.ts';
import { requestFor } from './rendering.ts';

export interface DryRunDeps extends PoolDeps {
  readonly outbox: Pick<Outbox, 'pacing' | 'overview' | 'openedAtMs'>;
  readonly pacing: Pick<PacingStore, 'sends'>;
  readonly random: Random;
}

/** Jobs ahead that are simulated; beyond it the forecast is a lower bound. */
const MAX_AHEAD = 5_000;

/** Lets others have their turn between two steps of a long calculation. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * When a bulk send would be done, by the sessions' real policies and histories. Null when no session of
 * the pool takes messages now, so that nothing can be said. Nothing is stored or sent.
 */
export async function dryRun(deps: DryRunDeps, draft: Draft): Promise<Forecast | null> {
  const members = await membersOf(deps, draft.pool, () => Number.POSITIVE_INFINITY);
  if (members.length === 0) return null;
  const good = draft.recipients.filter(({ fault }) => fault === null);
  const candidates = await candidatesOf(deps, draft.pool, good);
  const keyOf = new Map(assign(members, candidates).map(({ position, key }) => [position, key]));
  const shares: Share[] = [];
  for (const member of members) {
    const mine = good.filter(({ position }) => keyOf.get(position) === member.key);
    const share = await shareOf(deps, draft, member, mine);
    if (share) shares.push(share);
  }
  return forecast(shares, draft.startAtMs, () => deps.random.next(), nextTurn);
}

async function shareOf(
  deps: DryRunDeps,
  draft: Draft,
  { key, queued }: Member,
  recipients: readonly Listed[],
): Promise<Share | null> {
  const session = deps.sessions.recordOf(key);
  if (!session) return null;
  const nowMs = deps.now();
  const pacing = await deps.outbox.pacing(session);
  const history = new SendHistory();
  for (const send of await deps.pacing.sends(key, nowMs - DAY_MS, MAX_WINDOW_LIMIT)) {
    history.add(send);
  }
  const chatIds = recipients.flatMap(({ chatId }) => chatId ?? []);
  const known = new Map(
    (await deps.store.acquaintances([key], chatIds)).map((contact) => [contact.chatId, contact]),
  );
  const { warmUpFromMs, restrictions } = pacing;
  // Away from WhatsApp it goes on with a reconnect at the earliest now.
  const openedAtMs = deps.outbox.openedAtMs(key) ?? nowMs;
  // Alike for all where nothing is filled in; else each has a text of its own.
  const sample = await sampleText(draft, recipients);
  const same = placeholdersIn(draft.content).length === 0;
  return {
    policy: pacing.policy,
    beginning: { nowMs, history, restrictions, warmUpFromMs, openedAtMs },
    ahead: Math.min(queued, MAX_AHEAD),
    recipients: recipients.map(({ chatId, to, position }) => ({
      chatId: chatId ?? to,
      textKey: same ? textKey(sample) : textKey(`${sample} ${letters(position)}`),
      characters: sample.length,
      heardAtMs: known.get(chatId ?? to)?.heardAtMs ?? null,
      wroteAtMs: known.get(chatId ?? to)?.wroteAtMs ?? null,
    })),
  };
}

/** What the first recipient would read. */
async function sampleText({ content }: Draft, [first]: readonly Listed[]): Promise<string> {
  if (!first) return '';
  const rendered = requestFor(content, first, null).content;
  if ('text' in rendered && typeof rendered.text === 'string') return rendered.text;
  return 'caption' in rendered ? (rendered.caption ?? '') : '';
}

/** Digits make no difference to the guard against equal texts. */
const letters = (position: number): string =>
  String(position).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '');
