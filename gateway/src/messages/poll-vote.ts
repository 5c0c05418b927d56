import { createDecipheriv, createHash, createHmac } from 'node:crypto';
import type { EncryptedVote } from './normalise/normalise.ts';
import { bytes, fields, list, text } from './normalise/read.ts';
import { unwrap } from './normalise/unwrap.ts';

/** What is needed of a poll to read its votes. */
export interface PollKey {
  readonly secret: Uint8Array;
  readonly name: string;
  readonly options: readonly string[];
}

const GCM_TAG_BYTES = 16;

/** Reads the poll out of its decoded message; null when it is no poll or lacks its secret. */
export function pollKeyOf(content: unknown): PollKey | null {
  const { rawType, value, companion } = unwrap(content);
  const secret = bytes(companion, 'messageSecret');
  if (secret === null || !rawType?.startsWith('pollCreationMessage')) return null;
  const poll = fields(value);
  return {
    secret,
    name: text(poll, 'name') ?? '',
    options: list(poll, 'options').map((option) => text(option, 'optionName') ?? ''),
  };
}

/** Who made a poll and who votes, each under every address the clients may have used as key material. */
export interface VoteParties {
  readonly creators: readonly string[];
  readonly voters: readonly string[];
}

/**
 * Decrypts a vote: the names of the options chosen, in the poll's order; empty when the vote was taken
 * back. Null when no pair of addresses opens it. (AES-256-GCM; the key is HMAC-SHA256 over message id,
 * creator, voter and purpose, under HMAC-SHA256 of the secret with a key of zeros.)
 */
export function openVote(
  poll: PollKey,
  pollId: string,
  parties: VoteParties,
  vote: EncryptedVote,
): string[] | null {
  for (const creator of parties.creators) {
    for (const voter of parties.voters) {
      const plain = decrypt(
        voteKey(poll.secret, pollId, creator, voter),
        `${pollId}\0${voter}`,
        vote,
      );
      if (plain !== null) return chosen(poll, plain);
    }
  }
  return null;
}

/** The key of one voter's votes in one poll. */
export function voteKey(
  secret: Uint8Array,
  pollId: string,
  creator: string,
  voter: string,
): Uint8Array {
  const base = createHmac('sha256', Buffer.alloc(32)).update(secret).digest();
  return createHmac('sha256', base)
    .update(`${pollId}${creator}${voter}Poll Vote`)
    .update(Uint8Array.of(1))
    .digest();
}

function decrypt(
  key: Uint8Array,
  associated: string,
  { payload, iv }: EncryptedVote,
): Buffer | null {
  if (payload.length < GCM_TAG_BYTES || iv.length !== 12) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, iv);
  decipher.setAAD(Buffer.from(associated));
  decipher.setAuthTag(payload.subarray(-GCM_TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(payload.subarray(0, -GCM_TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}

function chosen(poll: PollKey, plain: Buffer): string[] {
  const hashes = new Set(readHashes(plain));
  return poll.options.filter((option) =>
    hashes.has(createHash('sha256').update(option).digest('hex')),
  );
}

/** `PollVoteMessage { repeated bytes selectedOptions = 1; }`: 0x0a, length, bytes, and so on. */
function readHashes(plain: Buffer): string[] {
  const hashes: string[] = [];
  for (let at = 0; at + 2 <= plain.length && plain[at] === 0x0a; ) {
    const length = plain[at + 1] ?? 0;
    hashes.push(plain.toString('hex', at + 2, at + 2 + length));
    at += 2 + length;
  }
  return hashes;
}
