import type { Account } from '../../accounts/account.ts';
import { isAdmin } from '../../accounts/group.ts';
import { isUserJid, type Jid, parseJid, STATUS_BROADCAST } from '../../accounts/jid.ts';
import { secondsText } from '../../kernel/clock.ts';
import {
  bytesOf,
  childNamed,
  childrenNamed,
  describe,
  type Stanza,
  stanza,
} from '../../wire/stanza.ts';
import type { StanzaRoutes } from '../router.ts';
import { type Origin, originName, type World } from '../world.ts';
import { checkDeviceIdentity } from './checks.ts';
import type { Passage } from './envelope.ts';
import { routeToGroup, routeToStatus } from './to-group.ts';
import { routeToPerson } from './to-person.ts';

export const messageRoutes: StanzaRoutes = { message: acceptMessage };

/** Takes a message from a device, acknowledges it and brings it to everyone it is for. */
function acceptMessage(world: World, origin: Origin, node: Stanza): void {
  const { id, to } = node.attrs;
  const target = parseJid(to);
  if (!id || !target) {
    const text = `a message without id or address: ${describe(node)}`;
    world.violations.report('malformed-stanza', originName(origin), text);
    return;
  }
  const dropped = origin.device && world.faults.strike('drop-before-ack', origin.account.phone);
  if (dropped && !dropped.taken) return origin.drop();
  const passage = { world, origin, node };
  record(passage, 'accepted', null);
  const isResend = childrenNamed(node, 'enc').some(({ attrs }) => attrs['count'] !== undefined);
  if (!isResend && world.sentIds.note(originName(origin), id)) record(passage, 'duplicate', null);
  checkDeviceIdentity(world, origin, node);
  const refusal = refusalOf(passage, target);
  if (refusal !== null) record(passage, 'refused', refusal);
  else route(passage, target);
  if (dropped) origin.drop();
  else acknowledge(passage, refusal);
}

function route(passage: Passage, target: Jid): void {
  const { world, node } = passage;
  if (isUserJid(target)) return routeToPerson(passage, target, world.directory.find(target));
  if (node.attrs['to'] === STATUS_BROADCAST) return routeToStatus(passage);
  const group = world.groups.find(node.attrs['to']);
  if (group) routeToGroup(passage, group);
}

/** The error code with which the message is refused, or null. */
function refusalOf(passage: Passage, target: Jid): string | null {
  const { world, origin, node } = passage;
  const { to } = node.attrs;
  const fault =
    origin.device &&
    world.faults.strike(
      'nack',
      origin.account.phone,
      (one) => one.to === undefined || one.to === to,
    );
  if (fault) return String(fault.code);
  if (isUserJid(target)) return personRefusal(passage, world.directory.find(target));
  if (to === STATUS_BROADCAST) return null;
  if (target.server !== 'g.us') {
    const text = `nobody knows where ${to} is`;
    world.violations.report('unknown-stanza', originName(origin), text);
    return '406';
  }
  const group = world.groups.find(to);
  if (!group) return '404';
  if (!group.members.has(origin.account)) return '403';
  return group.announce && !isAdmin(group, origin.account) ? '403' : null;
}

function personRefusal({ world, origin, node }: Passage, to: Account | null): string | null {
  const { account, device } = origin;
  if (!to || !device || to === account || childrenNamed(node, 'enc').length > 0) return null;
  const token = childNamed(node, 'tctoken');
  if (token && !world.tokens.isValid(to, account, bytesOf(token))) {
    const text = `message ${node.attrs['id']} carries a token that its recipient never gave`;
    world.violations.report('trust-token', originName(origin), text);
  }
  const isKnown =
    account.heardFrom.has(to) ||
    world.groups.ofMember(account).some(({ members }) => members.has(to));
  return world.standings.judge(account, to, !isKnown);
}

function acknowledge({ world, origin, node }: Passage, error: string | null): void {
  const { id, to, participant } = node.attrs;
  origin.reply(
    stanza('ack', {
      class: 'message',
      id,
      from: to,
      participant,
      t: secondsText(world.clock),
      error: error ?? undefined,
    }),
  );
}

function record(
  { world, origin, node }: Passage,
  event: 'accepted' | 'refused' | 'duplicate',
  detail: string | null,
): void {
  const { id = '', type = null, to = null } = node.attrs;
  const device = originName(origin);
  world.ledger.append({ event, device, tag: node.tag, id, type, peer: to, detail });
}
