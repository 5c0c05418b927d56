import type { BinaryNode } from 'baileys';
import type { CallNotice, CallState } from '../../notice.ts';
import { bareJid } from '../jid.ts';
import { childOf, childrenOf, namedBy, toldBy } from './stanza.ts';

/** Reads a `<call>`; null for steps in between (latency, transport) and malformed ones. Never throws. */
export function readCall(stanza: BinaryNode, receivedAtMs: number): CallNotice | null {
  const told = toldBy(stanza, receivedAtMs);
  const [step] = childrenOf(stanza);
  const callId = step?.attrs['call-id'];
  const state = step && stateOf(step);
  if (!told || !step || !callId || !state) return null;
  const { attrs } = step;
  const caller = namedBy(
    attrs['call-creator'] ?? stanza.attrs.from,
    attrs['caller_pn'],
    attrs['caller_lid'],
  );
  if (!caller) return null;
  const group = bareJid(attrs['group-jid']);
  return {
    type: 'call',
    ...told,
    callId,
    state,
    caller,
    group,
    isVideo: childOf(step, 'video') !== null,
    isGroup: group !== null || attrs['type'] === 'group',
  };
}

function stateOf({ tag, attrs }: BinaryNode): CallState | null {
  switch (tag) {
    case 'offer':
    case 'offer_notice':
      return 'offer';
    case 'accept':
    case 'reject':
      return tag;
    case 'terminate':
      return attrs['reason'] === 'timeout' ? 'timeout' : 'terminate';
    default:
      return null;
  }
}
