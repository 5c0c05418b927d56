import { z } from 'zod';
import { parseRecipient } from '../../contacts/recipient.ts';
import type { ContactCard } from './content.ts';
import { contentType, type Report, shownText, textOrNull } from './content-type.ts';

const optionalText = (max: number) => z.string().max(max).optional();

export const location = contentType({
  name: 'location',
  summary: 'A place on the map',
  fields: {
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    name: optionalText(255).describe('Shown as the title'),
    address: optionalText(512).describe('Shown under the title'),
  },
  build: (fields) => ({
    type: 'location',
    latitude: fields.latitude,
    longitude: fields.longitude,
    name: textOrNull(fields.name),
    address: textOrNull(fields.address),
  }),
  examples: [
    { latitude: -23.5614, longitude: -46.6559, name: 'Office', address: 'Av. Paulista 1000' },
  ],
});

const phoneText = z.string().min(1).max(40).describe('With country code; formatting is kept');

const cardFields = {
  displayName: shownText(100).describe('The name on the card').optional(),
  phoneNumber: phoneText.optional(),
  phoneNumbers: z.array(phoneText).max(10).optional(),
  organization: optionalText(100),
  email: z.string().max(254).optional(),
  vcard: z
    .string()
    .max(32_768)
    .describe('A finished vCard, instead of the other fields')
    .optional(),
} as const;

type CardFields = z.output<z.ZodObject<typeof cardFields>>;

/** The most people in one message; WhatsApp's own clients stop here. */
const MAX_CARDS = 257;

export const contact = contentType({
  name: 'contact',
  summary: 'One or several contact cards',
  fields: {
    ...cardFields,
    contacts: z.array(z.strictObject(cardFields)).min(1).max(MAX_CARDS).optional(),
  },
  check: ({ contacts, ...single }, report) => {
    if (contacts === undefined) return checkCard(single, '', report);
    if (Object.values(single).some((value) => value !== undefined)) {
      report('contacts', 'Give either one contact or contacts, not both');
    }
    for (const [i, card] of contacts.entries()) checkCard(card, `contacts.${i}.`, report);
  },
  build: ({ contacts, ...single }) => ({
    type: 'contact',
    contacts: (contacts ?? [single]).map(cardOf),
  }),
  examples: [
    { displayName: 'John Doe', phoneNumber: '+1 415 555 2671' },
    {
      contacts: [
        { displayName: 'Ana Lima', phoneNumbers: ['+55 11 77777-7777'], organization: 'Lima Ltda' },
        { vcard: 'BEGIN:VCARD\nVERSION:3.0\nFN:Rui\nTEL:+351912345678\nEND:VCARD' },
      ],
    },
  ],
});

function checkCard(card: CardFields, at: string, report: Report): void {
  if (card.vcard !== undefined) {
    if (!/^BEGIN:VCARD\r?\n[\s\S]*\nEND:VCARD\s*$/i.test(card.vcard)) {
      report(`${at}vcard`, 'Must be one vCard from BEGIN:VCARD to END:VCARD');
    }
    return;
  }
  if (card.displayName === undefined) report(`${at}displayName`, 'Is missing', 'missing_field');
  const phones = phonesOf(card);
  if (phones.length === 0) report(`${at}phoneNumber`, 'Is missing', 'missing_field');
  const field = card.phoneNumber === undefined ? 'phoneNumbers' : 'phoneNumber';
  for (const phone of phones) {
    const parsed = parseRecipient(phone);
    if (parsed.kind === 'invalid') report(`${at}${field}`, parsed.reason);
    else if (parsed.kind !== 'phone') report(`${at}${field}`, 'Is not a phone number.');
  }
}

const phonesOf = (card: CardFields): string[] => [
  ...(card.phoneNumber === undefined ? [] : [card.phoneNumber]),
  ...(card.phoneNumbers ?? []),
];

function cardOf(card: CardFields): ContactCard {
  if (card.vcard !== undefined) {
    const named = /^FN[^:\r\n]*:(.+)$/im.exec(card.vcard)?.[1]?.trim();
    return { kind: 'vcard', displayName: card.displayName ?? named ?? '', vcard: card.vcard };
  }
  return {
    kind: 'person',
    displayName: card.displayName ?? '',
    phones: phonesOf(card),
    organization: textOrNull(card.organization),
    email: textOrNull(card.email),
  };
}

export const poll = contentType({
  name: 'poll',
  summary: 'A question with options to choose from',
  fields: {
    name: shownText(255).describe('The question'),
    options: z.array(shownText(100)).min(2).max(12),
    selectableCount: z
      .number()
      .int()
      .min(0)
      .max(12)
      .describe('How many a voter may choose, 1 when left out; 0: any number')
      .optional(),
  },
  check: (fields, report) => {
    if (new Set(fields.options).size < fields.options.length) {
      report('options', 'Each option must be different');
    }
    if ((fields.selectableCount ?? 1) > fields.options.length) {
      report('selectableCount', 'Is more than there are options');
    }
  },
  build: (fields) => ({
    type: 'poll',
    name: fields.name,
    options: fields.options,
    selectableCount: fields.selectableCount ?? 1,
  }),
  examples: [
    { name: 'What is your favourite colour?', options: ['Red', 'Blue', 'Green'] },
    { name: 'Which days suit you?', options: ['Monday', 'Tuesday'], selectableCount: 0 },
  ],
});

const instant = z.iso.datetime({ offset: true });

export const event = contentType({
  name: 'event',
  summary: 'An event that people in the chat can join',
  fields: {
    name: shownText(100),
    description: optionalText(2048),
    startsAt: instant.describe('ISO 8601 with time zone'),
    endsAt: instant.optional(),
    location: optionalText(255),
  },
  check: (fields, report) => {
    if (fields.endsAt !== undefined && Date.parse(fields.endsAt) < Date.parse(fields.startsAt)) {
      report('endsAt', 'Is before startsAt');
    }
  },
  build: (fields) => ({
    type: 'event',
    name: fields.name,
    description: textOrNull(fields.description),
    startMs: Date.parse(fields.startsAt),
    endMs: fields.endsAt === undefined ? null : Date.parse(fields.endsAt),
    location: textOrNull(fields.location),
  }),
  examples: [
    {
      name: 'Opening',
      description: 'With cake',
      startsAt: '2026-12-01T18:00:00-03:00',
      endsAt: '2026-12-01T21:00:00-03:00',
      location: 'Av. Paulista 1000',
    },
  ],
});
