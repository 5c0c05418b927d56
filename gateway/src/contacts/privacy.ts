import { z } from 'zod';
import type { SessionKey } from '../sessions/store.ts';
import type { PrivacyChange, PrivacySettings } from '../whatsapp/privacy.ts';
import type { Asking } from './asking.ts';

const SHOWN_TO = ['all', 'contacts', 'contact_blacklist', 'none'] as const;
/** Seconds after which messages vanish, as WhatsApp's clients offer them; 0: never. */
const EPHEMERAL_SECONDS = [0, 86_400, 604_800, 7_776_000] as const;

/** WhatsApp's words for each setting; others may come, and are then read but not set. */
const SETTINGS = {
  lastSeen: z.enum(SHOWN_TO).describe('Who sees when the number was online last'),
  online: z.enum(['all', 'match_last_seen']).describe('Who sees that the number is online'),
  picture: z.enum(SHOWN_TO).describe('Who sees the picture'),
  about: z.enum(SHOWN_TO).describe('Who sees the "about" text'),
  readReceipts: z
    .enum(['all', 'none'])
    .describe('Whether others see that the number has read; with "none" it does not see it either'),
  groupAdd: z
    .enum(['all', 'contacts', 'contact_blacklist'])
    .describe('Who may add the number to groups'),
  callAdd: z.enum(['all', 'known']).describe('Who may call; others do not ring'),
  messages: z.enum(['all', 'contacts']).describe('Who may write'),
  ephemeralSeconds: z
    .literal(EPHEMERAL_SECONDS)
    .describe('Messages of new chats vanish after this; 0: never'),
} as const satisfies Record<keyof PrivacySettings, z.ZodType>;

/** Which settings are to change. */
export const privacyInput = z
  .strictObject(SETTINGS)
  .partial()
  .refine((settings) => Object.keys(settings).length > 0, 'Name at least one setting')
  .meta({ id: 'PrivacyChange', examples: [{ lastSeen: 'contacts', readReceipts: 'none' }] });

const word = z.string().nullable();

/** All settings as WhatsApp has them; null is what it does not tell. */
export const privacyView = z
  .object({
    lastSeen: word,
    online: word,
    picture: word,
    about: word,
    readReceipts: word,
    groupAdd: word,
    callAdd: word,
    messages: word,
    ephemeralSeconds: z.number().int().nullable(),
  } satisfies Record<keyof PrivacySettings, z.ZodType>)
  .meta({
    id: 'Privacy',
    examples: [
      {
        lastSeen: 'contacts',
        online: 'match_last_seen',
        picture: 'all',
        about: 'contact_blacklist',
        readReceipts: 'all',
        groupAdd: 'contacts',
        callAdd: 'all',
        messages: 'all',
        ephemeralSeconds: 0,
      },
    ],
  });

/** What a number lets others see and do. Every call may throw what `Asking` throws. */
export interface Privacy {
  get(key: SessionKey): Promise<PrivacySettings>;
  /** Changes one setting after the other and answers all; those before one that is refused stay changed. */
  change(key: SessionKey, change: z.output<typeof privacyInput>): Promise<PrivacySettings>;
}

export function createPrivacy(asking: Asking): Privacy {
  const get = (key: SessionKey) => asking(key, {}, ({ people }) => people.privacy.get());
  return {
    get,
    async change(key, settings) {
      for (const [setting, value] of Object.entries(settings)) {
        const change = { setting, value } as PrivacyChange;
        await asking(key, {}, ({ people }) => people.privacy.change(change));
      }
      return get(key);
    },
  };
}
