import type { Clock } from '../../kernel/clock.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { judgeClock } from './judge.ts';

/** One request without redirects, for the doctor; an answer of any status shows that somebody is there. */
export type Ask = (
  url: string,
  options: {
    readonly method: 'GET' | 'HEAD';
    readonly deadlineMs: number;
    readonly maxBodyBytes: number;
    readonly trusted: boolean;
  },
) => Promise<
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'failed'; readonly stage: string; readonly message: string }
>;

export interface NetworkDeps {
  readonly ask: Ask;
  readonly clock: Clock;
}

const DEADLINE_MS = 10_000;
const MAX_BODY_BYTES = 10_000;

/** Whether WhatsApp's server answers, and whether our clock agrees with its. */
export async function checkWhatsApp(
  url: string,
  simulated: boolean,
  { ask, clock }: NetworkDeps,
): Promise<Finding[]> {
  const askedAtMs = clock.now();
  const answer = await ask(url.replace(/^ws/, 'http'), request('GET', true));
  const name = simulated ? 'the simulator' : 'WhatsApp';
  if (answer.kind === 'failed') {
    const todo = simulated
      ? 'Start the simulator, and check WHATSAPP_URL.'
      : 'Let this machine reach web.whatsapp.com on port 443, by TCP and without an inspecting proxy.';
    return [fail('whatsapp', `${name} cannot be reached: ${answer.message}`, todo)];
  }
  const reached = ok('whatsapp', `${name} answers`);
  const { date } = answer.headers;
  const header = typeof date === 'string' ? date : null;
  // A simulator runs on a clock of its own.
  return simulated ? [reached] : [reached, judgeClock(header, askedAtMs, clock.now())];
}

/** An address that events are posted to. */
export interface Receiver {
  /** The variable, or the id of the endpoint. */
  readonly name: string;
  readonly url: string;
  /** Set by environment: may lie in the operator's own network. */
  readonly trusted: boolean;
}

/** Whether a receiver is there; it is asked with HEAD, so that it takes nothing for an event. */
export async function checkReceiver(receiver: Receiver, { ask }: NetworkDeps): Promise<Finding> {
  const check = `webhook ${receiver.name}`;
  const place = new URL(receiver.url).origin;
  const answer = await ask(receiver.url, request('HEAD', receiver.trusted));
  if (answer.kind === 'answered') {
    return answer.status < 500
      ? ok(check, `${place} answers`)
      : warn(check, `${place} answers with status ${answer.status}`, 'Look at the receiver.');
  }
  const todo =
    answer.stage === 'guard'
      ? 'If it is meant to be reached, name it in OUTBOUND_ALLOW.'
      : 'Start the receiver, or correct the URL. Events wait for it for days.';
  return fail(check, `${place} cannot be reached: ${answer.message}`, todo);
}

/** Whether links to this service, as webhooks carry them, lead to it. */
export async function checkPublicUrl(
  publicUrl: string | null,
  { ask }: NetworkDeps,
): Promise<Finding> {
  const check = 'public url';
  if (publicUrl === null) {
    return warn(
      check,
      'PUBLIC_URL is not set: links to media in webhooks lead to localhost',
      'Set it to the address at which receivers on other machines reach this service.',
    );
  }
  const answer = await ask(`${publicUrl}/health`, request('GET', true));
  if (answer.kind === 'failed') {
    return warn(
      check,
      `${publicUrl} cannot be reached from here: ${answer.message}`,
      'Start the service; then check DNS, the reverse proxy and its certificate.',
    );
  }
  return isOurs(answer.status, answer.body)
    ? ok(check, `${publicUrl} leads to a gateway`)
    : warn(
        check,
        `${publicUrl}/health answers, but not as a gateway does (status ${answer.status})`,
        'Let the reverse proxy pass requests on to PORT.',
      );
}

function isOurs(status: number, body: Uint8Array): boolean {
  try {
    return status === 200 && JSON.parse(Buffer.from(body).toString())?.sessions !== undefined;
  } catch {
    return false;
  }
}

const request = (method: 'GET' | 'HEAD', trusted: boolean) => ({
  method,
  deadlineMs: DEADLINE_MS,
  maxBodyBytes: MAX_BODY_BYTES,
  trusted,
});
