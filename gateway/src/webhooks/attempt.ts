import type { Clock } from '../kernel/clock.ts';
import type { Request } from '../net/request.ts';
import { illustrate, type MessageMedia } from './media.ts';
import { type Deliverable, webhookRequest } from './message.ts';
import type { Attempt, Endpoint } from './store.ts';
import { judge, type Verdict } from './verdict.ts';

/** Bytes of a receiver's answer that are read and kept. */
export const MAX_ANSWER_BYTES = 16 * 1024;

/** One attempt: what to make of it, and how the log shows it. */
export interface Attempted {
  readonly verdict: Verdict;
  readonly attempt: Attempt;
}

export interface AttemptDeps {
  readonly request: Request;
  readonly media: MessageMedia;
  readonly clock: Clock;
}

/** Makes one attempt to deliver; rejects only when `media` does. `signal` gives it up: it never happened. */
export async function attemptDelivery(
  { request, media, clock }: AttemptDeps,
  endpoint: Endpoint,
  deliverable: Deliverable,
  number: number,
  signal?: AbortSignal,
): Promise<Attempted> {
  const content = await illustrate(media, endpoint, deliverable.event);
  const startedAtMs = clock.now();
  const outcome = await request(endpoint.url, {
    ...webhookRequest(endpoint, deliverable, content, number, startedAtMs),
    method: 'POST',
    deadlineMs: endpoint.settings.timeoutMs,
    maxBodyBytes: MAX_ANSWER_BYTES,
    trusted: endpoint.form === 'classic',
    ...(signal ? { signal } : {}),
  });
  const verdict = judge(outcome, clock.now());
  const answer = outcome.kind === 'answered' ? outcome : null;
  return {
    verdict,
    attempt: {
      number,
      startedAtMs,
      durationMs: outcome.durationMs,
      status: answer?.status ?? null,
      responseExcerpt: answer ? excerpt(answer.body) : null,
      ...failureOf(verdict),
    },
  };
}

function failureOf(verdict: Verdict): Pick<Attempt, 'errorStage' | 'error'> {
  switch (verdict.kind) {
    case 'delivered':
    case 'abandoned':
      return { errorStage: null, error: null };
    case 'gone':
      return { errorStage: 'status', error: verdict.error };
    case 'retry':
      return { errorStage: verdict.stage, error: verdict.error };
  }
}

/** Receivers may answer anything; a NUL would end the text early in some databases. */
function excerpt(body: Uint8Array): string {
  return Buffer.from(body).toString('utf8').replaceAll('\0', '\uFFFD');
}
