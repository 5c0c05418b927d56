import type { BinaryNode } from 'baileys';

/** The children with a tag; none where there is no node or no list of children. */
export function children(node: BinaryNode | undefined, tag: string): BinaryNode[] {
  return Array.isArray(node?.content) ? node.content.filter((child) => child.tag === tag) : [];
}

/** The first child with a tag. */
export function child(node: BinaryNode | undefined, tag: string): BinaryNode | undefined {
  return children(node, tag)[0];
}

/** The text in a node; '' where there is none. */
export function textOf(node: BinaryNode | undefined): string {
  const content = node?.content;
  if (typeof content === 'string') return content;
  return content instanceof Uint8Array ? Buffer.from(content).toString('utf8') : '';
}

/** An attribute that counts seconds, in milliseconds; null when it is missing or no number. */
export function msOf(seconds: string | undefined): number | null {
  const number = Number(seconds);
  return seconds && Number.isFinite(number) ? number * 1_000 : null;
}
