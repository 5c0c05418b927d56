import { z } from 'zod';
import type { MediaInfo } from '../normalise/payload.ts';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

const KINDS = ['image', 'video', 'audio', 'document', 'sticker'] as const;

/** What is fetched without being asked for, and how long it stays. */
export const mediaPolicySchema = z
  .strictObject({
    download: z
      .enum(['always', 'auto', 'never'])
      .describe('"auto" fetches the kinds and sizes named; the rest can be fetched when asked for'),
    kinds: z.array(z.enum(KINDS)).max(KINDS.length),
    maxBytes: z
      .number()
      .int()
      .min(0)
      .max(2048 * MIB),
    keepDays: z.number().min(0).max(3650),
    quotaBytes: z.number().int().min(0).describe('Per session; the oldest files go first'),
  })
  .meta({ id: 'MediaPolicy' });

/** What is fetched by itself and how long it stays; sizes in bytes, times in days. */
export type MediaPolicy = z.output<typeof mediaPolicySchema>;

/** Without any setting: everything up to 32 MiB, for 30 days, at most 5 GiB per session. */
export const DEFAULT_MEDIA_POLICY: MediaPolicy = {
  download: 'auto',
  kinds: [...KINDS],
  maxBytes: 32 * MIB,
  keepDays: 30,
  quotaBytes: 5 * 1024 * MIB,
};

/** Nothing is fetched beyond this, asked for or not: WhatsApp's own limit. */
export const MAX_MEDIA_BYTES = 2048 * MIB;

/** Whether a medium is fetched as soon as it comes. Pure. A size that is not stated counts as fitting. */
export function isWanted(policy: MediaPolicy, type: string, media: MediaInfo): boolean {
  switch (policy.download) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'auto':
      return policy.kinds.some((kind) => kind === type) && (media.bytes ?? 0) <= policy.maxBytes;
  }
}

/** How long files stay. */
export const limitsOf = (policy: MediaPolicy) => ({
  keepMs: policy.keepDays * DAY_MS,
  quotaBytes: policy.quotaBytes,
});
