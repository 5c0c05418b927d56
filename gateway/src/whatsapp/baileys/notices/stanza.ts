import { type BinaryNode, jidDecode } from 'baileys';
import type { Named } from '../../notice.ts';
import { bareJid, isLidServer, isPhoneServer } from '../jid.ts';

/** The element children of a stanza. */
export function childrenOf(node: BinaryNode): readonly BinaryNode[] {
  return Array.isArray(node.content) ? node.content : [];
}

export function childOf(node: BinaryNode, tag: string): BinaryNode | null {
  return childrenOf(node).find((child) => child.tag === tag) ?? null;
}

/** The text inside a stanza; null when there is none. */
export function textOf(node: BinaryNode | null): string | null {
  const content = node?.content;
  if (content instanceof Uint8Array) return Buffer.from(content).toString('utf8');
  return typeof content === 'string' ? content : null;
}

/** A person or chat by an attribute, with the other form from the first of `others` that has it. */
export function namedBy(jid: string | undefined, ...others: (string | undefined)[]): Named | null {
  const address = bareJid(jid);
  if (!address) return null;
  const alt = others.map((other) => bareJid(other)).find((other) => other && other !== address);
  return { address, alt: alt ?? null };
}

/** What every notice begins with; null for stanzas that lack what all have. */
export function toldBy({ attrs }: BinaryNode, receivedAtMs: number) {
  if (!attrs.id || !attrs.from) return null;
  const seconds = Number(attrs.t);
  return {
    noticeId: attrs.id,
    timestampMs: seconds > 0 ? seconds * 1000 : receivedAtMs,
    delayed: !!attrs.offline,
  };
}

/** Whether an address is that of one person. */
export function isPersonal(jid: string): boolean {
  const server = jidDecode(jid)?.server ?? '';
  return isPhoneServer(server) || isLidServer(server);
}
