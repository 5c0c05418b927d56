/** One node of WhatsApp's binary XML. Attributes are text; content is children, text or bytes. */
export interface Stanza {
  readonly tag: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly content?: readonly Stanza[] | Uint8Array | string;
}

/** The sender of everything that comes from the server itself; clients compare with exactly this text. */
export const SERVER = '@s.whatsapp.net';

/** Builds a stanza; attributes that are undefined are left out. */
export function stanza(
  tag: string,
  attrs: Readonly<Record<string, string | undefined>> = {},
  content?: readonly Stanza[] | Uint8Array | string,
): Stanza {
  const kept: Record<string, string> = {};
  for (const name in attrs) {
    const value = attrs[name];
    if (value !== undefined) kept[name] = value;
  }
  return content === undefined ? { tag, attrs: kept } : { tag, attrs: kept, content };
}

/** All children, none for text and bytes. */
export function childrenOf(parent: Stanza | undefined): readonly Stanza[] {
  const content = parent?.content;
  return Array.isArray(content) ? (content as readonly Stanza[]) : [];
}

export function childNamed(parent: Stanza | undefined, tag: string): Stanza | undefined {
  return childrenOf(parent).find((child) => child.tag === tag);
}

export function childrenNamed(parent: Stanza | undefined, tag: string): readonly Stanza[] {
  return childrenOf(parent).filter((child) => child.tag === tag);
}

/** Content as bytes: text is encoded as UTF-8, children and absence give an empty array. */
export function bytesOf(node: Stanza | undefined): Uint8Array {
  const content = node?.content;
  if (content instanceof Uint8Array) return content;
  return typeof content === 'string' ? Buffer.from(content, 'utf8') : new Uint8Array(0);
}

/** Content as text: bytes are decoded as UTF-8. */
export function textOf(node: Stanza | undefined): string {
  const content = node?.content;
  if (typeof content === 'string') return content;
  return content instanceof Uint8Array ? Buffer.from(content).toString('utf8') : '';
}

/** A stanza as one line for reports: bytes appear as their length only. */
export function describe(node: Stanza): string {
  const attrs = Object.entries(node.attrs)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('');
  const content = node.content;
  if (content === undefined) return `<${node.tag}${attrs}/>`;
  if (content instanceof Uint8Array) return `<${node.tag}${attrs}>[${content.length} bytes]</>`;
  if (typeof content === 'string') return `<${node.tag}${attrs}>[${content.length} chars]</>`;
  return `<${node.tag}${attrs}>${content.map(describe).join('')}</>`;
}
