import type {
  AccountView,
  ActiveFaultView,
  ChatView,
  FaultKindView,
  GroupView,
  MessageView,
  PairingView,
  ViolationView,
} from '../../../src/control/contract/views.ts';

/** What the simulator answered instead of doing what it was asked. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, detail: string) {
    super(detail);
    this.name = 'Refusal';
    this.code = code;
  }
}

/** What went wrong, for people. */
export function whyOf(error: unknown): string {
  return error instanceof Refusal ? error.message : String(error);
}

const UNREACHABLE = 'unreachable';

/** Calls the control API. Throws `Refusal`; its message is meant for people. */
async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  signal: AbortSignal | null = null,
): Promise<T> {
  const { response, text } = await fetch(path, {
    method,
    signal,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
    .then(async (response) => ({ response, text: await response.text() }))
    .catch(() => {
      throw new Refusal(UNREACHABLE, 'The simulator does not answer. Is it still running?');
    });
  const answer: unknown = text ? JSON.parse(text) : null;
  if (response.ok) return answer as T;
  const { code = 'unknown', detail = response.statusText } = answer as {
    code?: string;
    detail?: string;
  };
  throw new Refusal(code, detail);
}

/** Whoever has not answered by then will not. */
const READ_LIMIT_MS = 10_000;
/** Before the second and the third time; after that a read has failed. */
const PAUSES_MS = [250, 1_000];

/**
 * Reads, which changes nothing, and so it is repeated when the simulator does not answer: a browser
 * drops requests when the network of the machine changes. Throws `Refusal`.
 */
async function read<T>(path: string, pausesMs: readonly number[] = PAUSES_MS): Promise<T> {
  const [pauseMs, ...later] = pausesMs;
  try {
    return await call<T>('GET', path, undefined, AbortSignal.timeout(READ_LIMIT_MS));
  } catch (error) {
    const isUnanswered = error instanceof Refusal && error.code === UNREACHABLE;
    if (!isUnanswered || pauseMs === undefined) throw error;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    return read<T>(path, later);
  }
}

export interface Info {
  readonly version: string;
  readonly whatsappUrl: string;
  readonly rootKey: string;
}

/** A message to send: a text, or the JSON of any other content. */
export type Outgoing =
  | { readonly text: string }
  | { readonly content: Readonly<Record<string, unknown>> & { readonly type: string } };

const of = (number: string) => `/api/accounts/${encodeURIComponent(number)}`;
const chatOf = (number: string, chat: string) => `${of(number)}/chats/${encodeURIComponent(chat)}`;

export const api = {
  info: () => read<Info>('/api/info'),
  accounts: () => read<{ accounts: AccountView[] }>('/api/accounts'),
  pairing: () => read<PairingView>('/api/pairing'),
  groups: () => read<{ groups: GroupView[] }>('/api/groups'),
  faults: () => read<{ kinds: FaultKindView[]; active: ActiveFaultView[] }>('/api/faults'),
  violations: () => read<{ violations: ViolationView[] }>('/api/violations'),
  forgetViolations: () => call<null>('DELETE', '/api/violations'),

  createAccount: (account: { name?: string; number?: string }) =>
    call<AccountView>('POST', '/api/accounts', account),
  changeAccount: (number: string, change: Readonly<Record<string, unknown>>) =>
    call<AccountView>('PATCH', of(number), change),
  scan: (number: string, what: { qr: string } | { ref: string }) =>
    call<{ account: AccountView; device: number }>('POST', `${of(number)}/scan`, what),
  linkByCode: (number: string, code: string) =>
    call<{ account: AccountView; device: number }>('POST', `${of(number)}/link-code`, { code }),
  unlink: (number: string, device: number) =>
    call<null>('DELETE', `${of(number)}/devices/${device}`),
  drop: (number: string, device: number) =>
    call<{ dropped: boolean }>('POST', `${of(number)}/devices/${device}/drop`),

  chats: (number: string) => read<{ chats: ChatView[] }>(`${of(number)}/chats`),
  messages: (number: string, chat: string, before?: number) =>
    read<{ messages: MessageView[]; more: boolean }>(
      `${of(number)}/messages?chat=${encodeURIComponent(chat)}&limit=100${
        before === undefined ? '' : `&before=${before}`
      }`,
    ),
  send: (number: string, to: string, message: Outgoing) =>
    call<MessageView>('POST', `${of(number)}/messages`, { to, ...message }),
  readChat: (number: string, chat: string) =>
    call<{ read: number }>('POST', `${chatOf(number, chat)}/read`),
  played: (number: string, id: string) =>
    call<MessageView>('POST', `${of(number)}/messages/${encodeURIComponent(id)}/played`),
  typing: (number: string, chat: string, state: 'composing' | 'recording' | 'paused') =>
    call<null>('POST', `${chatOf(number, chat)}/typing`, { state }),

  createGroup: (group: { by: string; subject: string; members: string[] }) =>
    call<GroupView>('POST', '/api/groups', group),
  changeMembers: (jid: string, by: string, action: string, members: string[]) =>
    call<{ group: GroupView }>('POST', `/api/groups/${jid}/members`, { by, action, members }),
  leaveGroup: (jid: string, member: string) =>
    call<GroupView>('POST', `/api/groups/${jid}/leave`, { member }),

  addFault: (fault: Readonly<Record<string, unknown>>) =>
    call<ActiveFaultView>('POST', '/api/faults', fault),
  clearFault: (id: number) => call<null>('DELETE', `/api/faults/${id}`),
  clearFaults: () => call<null>('DELETE', '/api/faults'),
  dropAll: () => call<{ dropped: number }>('POST', '/api/connections/drop'),
  reset: () => call<unknown>('POST', '/api/reset'),
};
