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

/** Calls the control API. Throws `Refusal`; its message is meant for people. */
async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Refusal('unreachable', 'The simulator does not answer. Is it still running?');
  });
  const text = await response.text();
  const answer: unknown = text ? JSON.parse(text) : null;
  if (response.ok) return answer as T;
  const { code = 'unknown', detail = response.statusText } = answer as {
    code?: string;
    detail?: string;
  };
  throw new Refusal(code, detail);
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
  info: () => call<Info>('GET', '/api/info'),
  accounts: () => call<{ accounts: AccountView[] }>('GET', '/api/accounts'),
  pairing: () => call<PairingView>('GET', '/api/pairing'),
  groups: () => call<{ groups: GroupView[] }>('GET', '/api/groups'),
  faults: () => call<{ kinds: FaultKindView[]; active: ActiveFaultView[] }>('GET', '/api/faults'),
  violations: () => call<{ violations: ViolationView[] }>('GET', '/api/violations'),
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

  chats: (number: string) => call<{ chats: ChatView[] }>('GET', `${of(number)}/chats`),
  messages: (number: string, chat: string, before?: number) =>
    call<{ messages: MessageView[]; more: boolean }>(
      'GET',
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
