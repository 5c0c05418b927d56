import { z } from 'zod';

/** Message ids are up to 32 hex digits today; what is kept and asked for is bounded all the same. */
export const messageIdField = z.string().min(1).max(128);

/** WhatsApp's own choices: a day, a week, 90 days. */
const EPHEMERAL_SECONDS = [86_400, 604_800, 7_776_000] as const;

/** What can stand beside any content that people see. */
export const optionFields = {
  replyTo: messageIdField.describe('Id of the message that is answered').optional(),
  quotedId: messageIdField.describe('The same as replyTo').optional(),
  mentions: z
    .array(z.string().min(1).max(64))
    .max(256)
    .describe(
      'Numbers or addresses that the text names as @<digits>; "all" for everyone in a group',
    )
    .optional(),
  forwarded: z.boolean().describe('Marks the message as sent on').optional(),
  ephemeral: z
    .literal(EPHEMERAL_SECONDS)
    .describe('Seconds after which it vanishes, for chats with disappearing messages')
    .optional(),
  viewOnce: z.boolean().describe('Can be looked at once: pictures, videos and sound').optional(),
  preview: z
    .union([
      z.literal(['auto', 'off']),
      z.strictObject({
        title: z.string().min(1).max(200),
        description: z.string().max(500).optional(),
        image: z.url({ protocol: /^https?$/ }).optional(),
      }),
    ])
    .meta({
      id: 'LinkPreview',
      description: 'The card for the first link of a text: "auto" (fetched), "off", or your own',
    })
    .optional(),
  linkPreview: z.boolean().describe('false is the same as preview "off"').optional(),
  spin: z
    .boolean()
    .describe('Chooses one of each `{a|b}` in the text or caption, so that not all get the same')
    .optional(),
  status: z
    .strictObject({
      recipients: z
        .array(z.string().min(1).max(64))
        .min(1)
        .max(1_000)
        .describe('Who sees it: numbers or addresses of people'),
      background: z
        .string()
        .regex(/^#[0-9a-f]{6}$/i, 'must be a colour such as "#128C7E"')
        .describe('Behind a text')
        .optional(),
      font: z
        .literal([0, 1, 2, 6, 7, 8, 9, 10])
        .describe("Of a text, by WhatsApp's number")
        .optional(),
    })
    .meta({ id: 'StatusPostOptions', description: 'For posts to `status@broadcast`' })
    .optional(),
  clientRef: z
    .string()
    .min(1)
    .max(128)
    .describe('A reference of yours, given back in every event about the message')
    .optional(),
} as const;

export type OptionName = keyof typeof optionFields;

/** What goes beside the content, validated. */
export interface SendOptions {
  readonly replyTo: string | null;
  /** As written; see `contacts/recipients`. */
  readonly mentions: readonly string[];
  readonly mentionAll: boolean;
  readonly forwarded: boolean;
  readonly ephemeralSeconds: number | null;
  readonly viewOnce: boolean;
  readonly preview: 'auto' | 'off' | OwnPreview;
  readonly clientRef: string | null;
  /** Null: it is no status post. */
  readonly status: StatusOptions | null;
  /** Whether `{a|b}` in the text is a choice. */
  readonly spin: boolean;
}

/** What a status post needs besides its content. */
export interface StatusOptions {
  /** As written; see `contacts/recipients`. */
  readonly recipients: readonly string[];
  /** `#rrggbb`. */
  readonly background?: string | undefined;
  readonly font?: number | undefined;
}

/** A card that the caller wrote. */
export interface OwnPreview {
  readonly title: string;
  readonly description: string | null;
  /** http(s) URL. */
  readonly image: string | null;
}

/** For content that people see in the chat. */
export const contextOptions: readonly OptionName[] = [
  'replyTo',
  'quotedId',
  'mentions',
  'forwarded',
  'ephemeral',
  'spin',
  'status',
  'clientRef',
];

/** For texts, whose first link gets a card. */
export const textOptions: readonly OptionName[] = [...contextOptions, 'preview', 'linkPreview'];

/** For media that can be shown once. */
export const mediaOptions: readonly OptionName[] = [...contextOptions, 'viewOnce'];

/** For messages about messages. */
export const plainOptions: readonly OptionName[] = ['clientRef'];

type OptionValues = z.output<z.ZodObject<typeof optionFields>>;

/** Reads options out of a validated body. */
export function sendOptions(body: Readonly<Record<string, unknown>>): SendOptions {
  const fields = body as OptionValues;
  const mentions = fields.mentions ?? [];
  return {
    replyTo: fields.replyTo ?? fields.quotedId ?? null,
    mentions: mentions.filter((mention) => mention !== 'all'),
    mentionAll: mentions.includes('all'),
    forwarded: fields.forwarded ?? false,
    ephemeralSeconds: fields.ephemeral ?? null,
    viewOnce: fields.viewOnce ?? false,
    preview: previewOf(fields),
    clientRef: fields.clientRef ?? null,
    status: fields.status ?? null,
    spin: fields.spin ?? false,
  };
}

function previewOf({ preview, linkPreview }: OptionValues): SendOptions['preview'] {
  if (typeof preview === 'object') {
    const { title, description = null, image = null } = preview;
    return { title, description, image };
  }
  return preview ?? (linkPreview === false ? 'off' : 'auto');
}
