import { type BinaryNode, decodeBinaryNode, encodeBinaryNode, unpadRandomMax16 } from 'baileys';
import type { JournalDraft } from '../store.ts';

/** One payload of a stanza, as the journal keeps it. */
export interface Payload {
  readonly stanza: BinaryNode;
  readonly index: number;
}

const PAYLOAD_TAGS: ReadonlySet<string> = new Set(['enc', 'plaintext']);
/** Needed to decrypt only, and there is nothing left to decrypt. */
const DROPPED_TAGS: ReadonlySet<string> = new Set(['device-identity']);

/** The children of a `<message>` that carry content: encrypted, or plain as channels send it. */
export function payloadNodes(stanza: BinaryNode): BinaryNode[] {
  if (!Array.isArray(stanza.content)) return [];
  return stanza.content.filter((child) => PAYLOAD_TAGS.has(child.tag));
}

/**
 * The journal row of a payload. The stanza is kept without its payload bytes: a ciphertext can never be
 * decrypted twice, and what it said stands beside it.
 */
export function draftOf(
  payload: Payload,
  plaintext: Uint8Array,
  receivedAtMs: number,
): JournalDraft {
  return {
    receivedAtMs,
    stanza: encodeBinaryNode(withoutPayloads(payload.stanza)),
    encIndex: payload.index,
    plaintext,
  };
}

/** Reads the stanza of a row back. Rejects when the bytes are damaged. */
export function readStanza(row: JournalDraft): Promise<BinaryNode> {
  return decodeBinaryNode(Buffer.from(row.stanza));
}

/** The protobuf of a payload: encrypted ones carry 1 to 16 bytes of padding. Throws when it is wrong. */
export function unpad(payload: Payload, plaintext: Uint8Array): Uint8Array {
  const node = payloadNodes(payload.stanza)[payload.index];
  return node?.tag === 'plaintext' ? plaintext : unpadRandomMax16(plaintext);
}

function withoutPayloads(stanza: BinaryNode): BinaryNode {
  if (!Array.isArray(stanza.content)) return stanza;
  const content = stanza.content
    .filter((child) => !DROPPED_TAGS.has(child.tag))
    .map(({ tag, attrs, content: inner }) =>
      PAYLOAD_TAGS.has(tag) ? { tag, attrs } : { tag, attrs, ...(inner ? { content: inner } : {}) },
    );
  return { tag: stanza.tag, attrs: stanza.attrs, content };
}

/**
 * Finds the stanza a ciphertext came in. The library hands the very `Uint8Array` of the `<enc>` node to
 * the Signal repository, live and from its offline queue alike, so the object itself is the key. Entries
 * live as long as the stanza does.
 */
export class PayloadIndex {
  readonly #payloads = new WeakMap<Uint8Array, Payload>();

  /** To be called with each `<message>` before the library handles it. */
  remember(stanza: BinaryNode): void {
    for (const [index, { content }] of payloadNodes(stanza).entries()) {
      if (content instanceof Uint8Array) this.#payloads.set(content, { stanza, index });
    }
  }

  find(content: Uint8Array): Payload | null {
    return this.#payloads.get(content) ?? null;
  }
}
