import type { BodyReader } from './body.ts';
import { mediaInfo } from './media-info.ts';
import type { MessageType } from './payload.ts';
import { child, type Fields, flag, lines, list, number, text } from './read.ts';

const captioned =
  (type: MessageType): BodyReader =>
  (value) => ({
    type,
    text: text(value, 'caption') ?? '',
    media: mediaInfo(value),
    viewOnce: flag(value, 'viewOnce'),
  });

const extendedText: BodyReader = (value) => {
  const url = text(value, 'matchedText');
  const preview = {
    url,
    title: text(value, 'title'),
    description: text(value, 'description'),
  };
  return {
    type: 'text',
    text: text(value, 'text') ?? '',
    viewOnce: flag(value, 'viewOnce'),
    ...(url === null ? {} : { details: { preview } }),
  };
};

const location: BodyReader = (value) => {
  const latitude = number(value, 'degreesLatitude');
  const longitude = number(value, 'degreesLongitude');
  const name = text(value, 'name');
  const address = text(value, 'address');
  const comment = text(value, 'comment');
  return {
    type: 'location',
    text: lines(name, address, comment) || `${latitude ?? 0}, ${longitude ?? 0}`,
    details: {
      location: { latitude, longitude, name, address, url: text(value, 'url'), comment },
    },
  };
};

const liveLocation: BodyReader = (value) => {
  const latitude = number(value, 'degreesLatitude');
  const longitude = number(value, 'degreesLongitude');
  return {
    type: 'live_location',
    text: text(value, 'caption') ?? `${latitude ?? 0}, ${longitude ?? 0}`,
    details: {
      location: {
        latitude,
        longitude,
        accuracyMeters: number(value, 'accuracyInMeters'),
        speedMetersPerSecond: number(value, 'speedInMps'),
        directionDegrees: number(value, 'degreesClockwiseFromMagneticNorth'),
        sequence: number(value, 'sequenceNumber'),
      },
    },
  };
};

/** A phone line of a vCard: `item1.TEL;waid=5511999999999;type=CELL:+55 11 99999-9999`. */
const PHONE_LINE = /^(?:[\w-]+\.)?TEL([^:\r\n]*):(.*)$/gim;

/** The most numbers that are read from one card. */
const MAX_PHONES = 20;

function card(value: Fields) {
  const vcard = text(value, 'vcard');
  const phones = Array.from((vcard ?? '').matchAll(PHONE_LINE), ([, parameters, number]) => ({
    number: (number ?? '').trim(),
    whatsapp: /;waid=(\d{5,20})/i.exec(parameters ?? '')?.[1] ?? null,
  })).slice(0, MAX_PHONES);
  return { displayName: text(value, 'displayName'), vcard, phones };
}

const cardText = ({ displayName, phones }: ReturnType<typeof card>): string =>
  [displayName, phones[0]?.number].filter(Boolean).join(': ');

const contact: BodyReader = (value) => {
  const contacts = [card(value)];
  return { type: 'contact', text: lines(...contacts.map(cardText)), details: { contacts } };
};

const contacts: BodyReader = (value) => {
  const contacts = list(value, 'contacts').map(card);
  return {
    type: 'contact',
    text: lines(...contacts.map(cardText)) || (text(value, 'displayName') ?? ''),
    details: { contacts },
  };
};

const poll: BodyReader = (value) => ({
  type: 'poll',
  text: text(value, 'name') ?? '',
  details: {
    poll: {
      name: text(value, 'name'),
      options: list(value, 'options').map((option) => text(option, 'optionName') ?? ''),
      selectableCount: number(value, 'selectableOptionsCount') ?? 0,
    },
  },
});

const pollResult: BodyReader = (value) => ({
  type: 'poll_result',
  text: text(value, 'name') ?? '',
  details: {
    poll: {
      name: text(value, 'name'),
      results: list(value, 'pollVotes').map((vote) => ({
        option: text(vote, 'optionName') ?? '',
        votes: number(vote, 'optionVoteCount') ?? 0,
      })),
    },
  },
});

const event: BodyReader = (value) => {
  const place = child(value, 'location');
  const name = text(value, 'name');
  return {
    type: 'event',
    text: lines(name, text(value, 'description')),
    details: {
      event: {
        name,
        description: text(value, 'description'),
        startsAt: number(value, 'startTime'),
        endsAt: number(value, 'endTime'),
        location: text(place, 'name') ?? text(place, 'address'),
        joinLink: text(value, 'joinLink'),
        canceled: flag(value, 'isCanceled'),
      },
    },
  };
};

const stickerPack: BodyReader = (value) => ({
  type: 'sticker_pack',
  text: text(value, 'caption') ?? text(value, 'name') ?? '',
  details: {
    stickerPack: {
      name: text(value, 'name'),
      publisher: text(value, 'publisher'),
      stickers: list(value, 'stickers').length,
    },
  },
});

const album: BodyReader = (value) => ({
  type: 'album',
  text: '',
  details: {
    album: {
      images: number(value, 'expectedImageCount') ?? 0,
      videos: number(value, 'expectedVideoCount') ?? 0,
    },
  },
});

/** What people write, show and share. */
export const basicBodies: Readonly<Record<string, BodyReader>> = {
  extendedTextMessage: extendedText,
  imageMessage: captioned('image'),
  videoMessage: captioned('video'),
  ptvMessage: (value) => ({
    type: 'video',
    text: text(value, 'caption') ?? '',
    media: mediaInfo(value, { videoNote: true }),
    viewOnce: flag(value, 'viewOnce'),
  }),
  audioMessage: captioned('audio'),
  documentMessage: captioned('document'),
  stickerMessage: (value) => ({ type: 'sticker', text: '', media: mediaInfo(value) }),
  stickerPackMessage: stickerPack,
  locationMessage: location,
  liveLocationMessage: liveLocation,
  contactMessage: contact,
  contactsArrayMessage: contacts,
  pollCreationMessage: poll,
  pollCreationMessageV2: poll,
  pollCreationMessageV3: poll,
  pollCreationMessageV5: poll,
  pollResultSnapshotMessage: pollResult,
  pollResultSnapshotMessageV3: pollResult,
  eventMessage: event,
  albumMessage: album,
  statusQuestionAnswerMessage: extendedText,
  questionResponseMessage: extendedText,
};
