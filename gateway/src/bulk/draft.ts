import { Problem } from '../kernel/errors.ts';
import { placeholdersIn } from '../messages/templates/template.ts';
import { checkedTiming, notOpen, takesMessages } from '../outbox/sender.ts';
import type { PoolDeps } from './pool.ts';
import { type ListEntry, type Listed, MAX_RECIPIENTS, readList } from './recipient-list.ts';
import { requestFor } from './rendering.ts';
import type { Bulk } from './store.ts';
import { timingOf } from './timing.ts';

/** A bulk send as it is asked for. */
export interface BulkRequest {
  readonly name: string | null;
  /** Further sessions that share the work, by id. */
  readonly sessions: readonly string[];
  readonly entries: readonly ListEntry[];
  /** A body of `send` without `to`. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** A bulk send that nothing speaks against, before anything of it is kept. */
export interface Draft
  extends Pick<Bulk, 'pool' | 'content' | 'startAtMs' | 'expiresAtMs' | 'name'> {
  readonly recipients: readonly Listed[];
}

/** Reads a request for the session `id`. All that can be refused is refused here: throws a `Problem`. */
export function draftOf(
  sessions: Pick<PoolDeps['sessions'], 'resolve'>,
  workspaceId: string,
  id: string,
  request: BulkRequest,
  nowMs: number,
): Draft {
  const members = [...new Set([id, ...request.sessions])].map((one) =>
    sessions.resolve(workspaceId, one),
  );
  for (const { record, state } of members) {
    if (!takesMessages(record, state)) throw notOpen(record, state);
  }
  const { content, timing } = timingOf(request.content);
  if (request.entries.length > MAX_RECIPIENTS) throw tooMany();
  const recipients = listOf(request);
  const good = recipients.find(({ fault }) => fault === null);
  if (!good) throw nobody(recipients);
  const { sendAtMs = nowMs, expiresAtMs = null } = checkedTiming(timing, nowMs);
  // The content must be a message; the first recipient's shows whether it is.
  requestFor(content, good, null);
  const pool = members.map(({ record }) => record.key);
  return {
    pool,
    content,
    recipients,
    startAtMs: Math.max(nowMs, sendAtMs),
    expiresAtMs,
    name: request.name,
  };
}

/** The list of a request as read. Equal requests have equal lists. Throws when its timing is none. */
export function listOf({ entries, content }: Pick<BulkRequest, 'entries' | 'content'>): Listed[] {
  return readList(entries, placeholdersIn(timingOf(content).content));
}

const tooMany = (): Problem =>
  new Problem('invalid_request', `A bulk send takes up to ${MAX_RECIPIENTS} recipients.`, [
    { field: '/recipients', message: `Must be at most ${MAX_RECIPIENTS}` },
  ]);

/** Reasons in words; the faults behind them are listed one by one. */
const MAX_REASONS = 3;

/** Names the first few faults: the list may have thousands. */
function nobody(recipients: readonly Listed[]): Problem {
  const shown = recipients.slice(0, 20).map(({ position, line, fault }) => ({
    field: line === undefined ? `/recipients/${position - 1}` : '/csv',
    message: `${line === undefined ? '' : `Line ${line}: `}${fault?.reason ?? ''}`,
  }));
  return new Problem('no_recipients', whyNobody(recipients), shown);
}

/** The most frequent reasons in words, each with how many it holds for. */
function whyNobody(recipients: readonly Listed[]): string {
  if (recipients.length === 0) return 'The list is empty: name at least one recipient.';
  const counts = new Map<string, number>();
  for (const { fault } of recipients) {
    const reason = fault?.reason.replace(/\.$/, '') ?? '';
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const reasons = [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_REASONS)
    .map(([reason, count]) => `${reason} (${count} of ${recipients.length}).`);
  return ['Nobody of the list can be sent to.', ...reasons].join(' ');
}
