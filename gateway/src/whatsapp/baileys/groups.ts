import type { BinaryNode } from 'baileys';
import type { GroupCalls, GroupChange, Invitation, WireGroup, WirePerson } from '../groups.ts';
import { Refused } from '../port.ts';
import type { GroupDirectory } from './group-directory.ts';
import { readAnswers, readGroup, readPerson, readRefused } from './group-node.ts';
import { child, children, msOf } from './node-reading.ts';
import { type Ask, node, type Question } from './question.ts';

export interface GroupParts {
  readonly ask: Ask;
  /** A fresh id for what is written; throws `NotConnected`. */
  readonly newId: () => string;
  /** Throws `NotConnected`. */
  readonly directory: () => GroupDirectory;
  /** Told of people who were named in both ways. */
  readonly learn: (people: readonly WirePerson[]) => Promise<void>;
}

/** The address of the interface itself, for what is not about one group. */
const ALL_GROUPS = '@g.us';
const CONFLICT = 409;

/** Groups over WhatsApp's `w:g2` interface. */
export class BaileysGroups implements GroupCalls {
  readonly #parts: GroupParts;
  #listing: Promise<readonly WireGroup[]> | null = null;

  constructor(parts: GroupParts) {
    this.#parts = parts;
  }

  list(): Promise<readonly WireGroup[]> {
    this.#listing ??= this.#list().finally(() => (this.#listing = null));
    return this.#listing;
  }

  async get(chatId: string): Promise<WireGroup> {
    return this.#parts.directory().read(chatId, () => this.fetch(chatId));
  }

  /** Asks WhatsApp about a group, whatever is known of it. */
  async fetch(chatId: string): Promise<WireGroup> {
    const reply = await this.#ask(chatId, 'get', node('query', { request: 'interactive' }));
    const group = mustBeGroup(child(reply, 'group'));
    await this.#parts.learn(group.members);
    return group;
  }

  async create(subject: string, people: readonly string[]) {
    const key = this.#parts.newId();
    const reply = await this.#ask(
      ALL_GROUPS,
      'set',
      node('create', { subject, key }, people.map(participant)),
    );
    const answer = child(reply, 'group');
    const group = mustBeGroup(answer);
    await this.#parts.learn(group.members);
    return { group, refused: readRefused(answer) };
  }

  async change(chatId: string, change: GroupChange): Promise<void> {
    if (change.kind === 'description') await this.#describe(chatId, change.text);
    else await this.#ask(chatId, 'set', changeNode(change));
    await this.#parts.directory().forget(chatId);
  }

  async changeMembers(
    chatId: string,
    action: Parameters<GroupCalls['changeMembers']>[1],
    people: readonly string[],
  ) {
    const reply = await this.#ask(chatId, 'set', node(action, {}, people.map(participant)));
    await this.#parts.directory().forget(chatId);
    const answers = readAnswers(child(reply, action));
    await this.#parts.learn(answers);
    return answers;
  }

  async inviteCode(chatId: string): Promise<string> {
    return codeIn(await this.#ask(chatId, 'get', node('invite')));
  }

  async revokeInvite(chatId: string): Promise<string> {
    return codeIn(await this.#ask(chatId, 'set', node('invite')));
  }

  async preview(code: string): Promise<WireGroup> {
    const reply = await this.#ask(ALL_GROUPS, 'get', node('invite', { code }));
    return mustBeGroup(child(reply, 'group'));
  }

  async join(code: string) {
    const reply = await this.#ask(ALL_GROUPS, 'set', node('invite', { code }));
    const entered = child(reply, 'group')?.attrs['jid'];
    const asked = child(reply, 'membership_approval_request')?.attrs['jid'];
    const chatId = entered ?? asked;
    if (chatId === undefined) throw new Error('the answer to joining names no group');
    return { chatId, joined: entered !== undefined };
  }

  async accept({ chatId, code, expiresMs, from }: Invitation): Promise<void> {
    const expiration = String(Math.floor(expiresMs / 1000));
    await this.#ask(chatId, 'set', node('accept', { code, expiration, admin: from }));
    await this.#parts.directory().forget(chatId);
  }

  async leave(chatId: string): Promise<void> {
    const content = node('leave', {}, [node('group', { id: chatId })]);
    const reply = await this.#ask(ALL_GROUPS, 'set', content);
    await this.#parts.directory().forget(chatId);
    const error = Number(child(child(reply, 'leave'), 'group')?.attrs['error'] ?? Number.NaN);
    if (error) throw new Refused(error, 'the group was not left');
  }

  async requests(chatId: string) {
    const reply = await this.#ask(chatId, 'get', node('membership_approval_requests'));
    const list = child(reply, 'membership_approval_requests');
    return children(list, 'membership_approval_request').flatMap((request) => {
      const person = readPerson(request);
      const { request_time, request_method } = request.attrs;
      if (!person) return [];
      return [{ ...person, requestedAtMs: msOf(request_time), method: request_method ?? null }];
    });
  }

  async decide(chatId: string, decision: 'approve' | 'reject', people: readonly string[]) {
    const action = node('membership_requests_action', {}, [
      node(decision, {}, people.map(participant)),
    ]);
    const reply = await this.#ask(chatId, 'set', action);
    await this.#parts.directory().forget(chatId);
    return readAnswers(child(child(reply, 'membership_requests_action'), decision));
  }

  async #list(): Promise<readonly WireGroup[]> {
    const content = node('participating', {}, [node('participants'), node('description')]);
    const reply = await this.#ask(ALL_GROUPS, 'get', content);
    const groups = children(child(reply, 'groups'), 'group');
    return groups.flatMap((group) => readGroup(group) ?? []);
  }

  /** A change must name the description it replaces; if that was changed in between, once again. */
  async #describe(chatId: string, text: string | null): Promise<void> {
    const known = await this.get(chatId);
    const set = ({ descriptionId }: WireGroup) =>
      this.#ask(chatId, 'set', descriptionNode(text, this.#parts.newId(), descriptionId));
    try {
      await set(known);
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== CONFLICT) throw error;
      await set(await this.fetch(chatId));
    }
  }

  #ask(to: string, type: Question['type'], content: BinaryNode): Promise<BinaryNode> {
    return this.#parts.ask({ xmlns: 'w:g2', to, type, content: [content] });
  }
}

function changeNode(change: Exclude<GroupChange, { readonly kind: 'description' }>): BinaryNode {
  switch (change.kind) {
    case 'subject':
      return node('subject', {}, Buffer.from(change.text));
    case 'announce':
      return node(change.on ? 'announcement' : 'not_announcement');
    case 'locked':
      return node(change.on ? 'locked' : 'unlocked');
    case 'joinApproval': {
      const state = change.on ? 'on' : 'off';
      return node('membership_approval_mode', {}, [node('group_join', { state })]);
    }
    case 'memberAddMode': {
      const mode = change.who === 'everyone' ? 'all_member_add' : 'admin_add';
      return node('member_add_mode', {}, Buffer.from(mode));
    }
    case 'ephemeral':
      return change.seconds > 0
        ? node('ephemeral', { expiration: String(change.seconds) })
        : node('not_ephemeral');
  }
}

function descriptionNode(text: string | null, id: string, previous: string | null): BinaryNode {
  const prev = previous === null ? {} : { prev: previous };
  return text === null
    ? node('description', { delete: 'true', ...prev })
    : node('description', { id, ...prev }, [node('body', {}, Buffer.from(text))]);
}

const participant = (jid: string): BinaryNode => node('participant', { jid });

function mustBeGroup(answer: BinaryNode | undefined): WireGroup {
  const group = readGroup(answer);
  if (!group) throw new Error('the answer describes no group');
  return group;
}

function codeIn(reply: BinaryNode): string {
  const code = child(reply, 'invite')?.attrs['code'];
  if (code === undefined) throw new Error('the answer holds no invite code');
  return code;
}
