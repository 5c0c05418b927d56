import type { WireContent } from '../../whatsapp/port.ts';

/** A content as it comes from WhatsApp, and the fields of the payload that matter about it. */
export interface ReceivedExample {
  readonly title: string;
  readonly content: WireContent;
  readonly shows: Readonly<Record<string, unknown>>;
}

const media = { mimetype: 'image/jpeg', fileLength: 1234, width: 10, height: 20 };

/** What people write, show and share; fixtures of the tests and source of the docs. */
export const basicExamples: readonly ReceivedExample[] = [
  {
    title: 'image',
    content: { imageMessage: { ...media, caption: 'look' } },
    shows: {
      type: 'image',
      text: 'look',
      hasMedia: true,
      media: { bytes: 1234, mimetype: 'image/jpeg', width: 10 },
    },
  },
  {
    title: 'video',
    content: { videoMessage: { seconds: 3 } },
    shows: { type: 'video', text: '', media: { seconds: 3, animated: false } },
  },
  {
    title: 'gif',
    content: { videoMessage: { gifPlayback: true } },
    shows: { type: 'video', media: { animated: true } },
  },
  {
    title: 'video note',
    content: { ptvMessage: {} },
    shows: { type: 'video', media: { videoNote: true } },
  },
  {
    title: 'voice note',
    content: { audioMessage: { ptt: true, seconds: 7 } },
    shows: { type: 'audio', media: { voice: true, seconds: 7 } },
  },
  {
    title: 'document',
    content: { documentMessage: { fileName: 'a.pdf', mimetype: 'application/pdf' } },
    shows: { type: 'document', media: { fileName: 'a.pdf' } },
  },
  {
    title: 'document with caption',
    content: {
      documentWithCaptionMessage: { message: { documentMessage: { caption: 'the bill' } } },
    },
    shows: { type: 'document', text: 'the bill' },
  },
  {
    title: 'sticker',
    content: { stickerMessage: { isAnimated: true } },
    shows: { type: 'sticker', hasMedia: true, media: { animated: true } },
  },
  {
    title: 'lottie sticker',
    content: { lottieStickerMessage: { message: { stickerMessage: {} } } },
    shows: { type: 'sticker' },
  },
  {
    title: 'view once',
    content: { viewOnceMessageV2: { message: { imageMessage: { caption: 'psst' } } } },
    shows: { type: 'image', text: 'psst', viewOnce: true },
  },
  {
    title: 'vanishing',
    content: {
      ephemeralMessage: {
        message: {
          extendedTextMessage: { text: 'soon gone', contextInfo: { expiration: 86_400 } },
        },
      },
    },
    shows: { text: 'soon gone', expiresAfterSeconds: 86_400 },
  },
  {
    title: 'sent by another device',
    content: { deviceSentMessage: { destinationJid: 'x', message: { conversation: 'mine' } } },
    shows: { type: 'text', text: 'mine' },
  },
  {
    title: 'location',
    content: {
      locationMessage: {
        degreesLatitude: -23.5,
        degreesLongitude: -46.6,
        name: 'Office',
        address: 'Av. Paulista 1',
      },
    },
    shows: {
      type: 'location',
      text: 'Office\nAv. Paulista 1',
      location: { latitude: -23.5, longitude: -46.6 },
    },
  },
  {
    title: 'bare location',
    content: { locationMessage: { degreesLatitude: 1.5, degreesLongitude: 2 } },
    shows: { text: '1.5, 2' },
  },
  {
    title: 'live location',
    content: {
      liveLocationMessage: {
        degreesLatitude: 1,
        degreesLongitude: 2,
        caption: 'on my way',
        speedInMps: 3,
      },
    },
    shows: { type: 'live_location', text: 'on my way', location: { speedMetersPerSecond: 3 } },
  },
  {
    title: 'contact',
    content: {
      contactMessage: {
        displayName: 'Ana',
        vcard:
          'BEGIN:VCARD\r\nFN:Ana\r\nitem1.TEL;waid=5511777777777:+55 11 77777-7777\r\nEND:VCARD',
      },
    },
    shows: {
      type: 'contact',
      text: 'Ana: +55 11 77777-7777',
      contacts: [
        {
          displayName: 'Ana',
          phones: [{ number: '+55 11 77777-7777', whatsapp: '5511777777777' }],
        },
      ],
    },
  },
  {
    title: 'contacts',
    content: {
      contactsArrayMessage: {
        displayName: '2 contacts',
        contacts: [{ displayName: 'A' }, { displayName: 'B' }],
      },
    },
    shows: { type: 'contact', text: 'A\nB' },
  },
  {
    title: 'poll',
    content: {
      pollCreationMessageV3: {
        name: 'Lunch?',
        options: [{ optionName: 'Yes' }, { optionName: 'No' }],
        selectableOptionsCount: 1,
      },
    },
    shows: { type: 'poll', text: 'Lunch?', poll: { options: ['Yes', 'No'], selectableCount: 1 } },
  },
  {
    title: 'poll result',
    content: {
      pollResultSnapshotMessage: {
        name: 'Lunch?',
        pollVotes: [{ optionName: 'Yes', optionVoteCount: 2 }],
      },
    },
    shows: { type: 'poll_result', poll: { results: [{ option: 'Yes', votes: 2 }] } },
  },
  {
    title: 'event',
    content: {
      eventMessage: {
        name: 'Party',
        description: 'bring cake',
        startTime: 1_800_000_000,
        location: { name: 'Home' },
      },
    },
    shows: {
      type: 'event',
      text: 'Party\nbring cake',
      event: { startsAt: 1_800_000_000, location: 'Home' },
    },
  },
];
