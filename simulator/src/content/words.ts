import { proto } from 'baileys';
import type {
  AlbumContent,
  ContactsContent,
  Content,
  Frame,
  GroupInviteContent,
  LinkPreview,
  LiveLocationContent,
  LocationContent,
  TextContent,
} from './content.ts';
import { given, toNumber } from './given.ts';
import type { ComposeTools, ReadTools } from './tools.ts';

type WordsContent =
  | TextContent
  | LocationContent
  | LiveLocationContent
  | ContactsContent
  | GroupInviteContent
  | AlbumContent;

/** Text, places, contacts, group invites and albums: everything plain without a file. */
export function composeWords(content: WordsContent, tools: ComposeTools): proto.IMessage {
  switch (content.type) {
    case 'text':
      return composeText(content, tools);
    case 'location':
      return { locationMessage: { ...composePlace(content), ...tools.frame(content) } };
    case 'live-location':
      return {
        liveLocationMessage: {
          degreesLatitude: content.latitude,
          degreesLongitude: content.longitude,
          ...given({
            caption: content.caption,
            accuracyInMeters: content.accuracy,
            speedInMps: content.speed,
            degreesClockwiseFromMagneticNorth: content.heading,
            sequenceNumber: content.sequence,
          }),
          ...tools.frame(content),
        },
      };
    case 'contacts':
      return composeContacts(content, tools);
    case 'group-invite':
      return {
        groupInviteMessage: {
          groupJid: content.group,
          inviteCode: content.code,
          ...given({
            groupName: content.name,
            caption: content.caption,
            inviteExpiration: content.expiresS,
          }),
          ...tools.frame(content),
        },
      };
    case 'album':
      return {
        albumMessage: {
          expectedImageCount: content.images,
          expectedVideoCount: content.videos,
          ...tools.frame(content),
        },
      };
  }
}

export function readWords(message: proto.IMessage, tools: ReadTools): Content | null {
  if (typeof message.conversation === 'string') return { type: 'text', text: message.conversation };
  if (message.extendedTextMessage) return readText(message.extendedTextMessage, tools);
  if (message.locationMessage) {
    const location = message.locationMessage;
    return { type: 'location', ...readPlace(location), ...tools.frame(location.contextInfo) };
  }
  if (message.liveLocationMessage) return readLive(message.liveLocationMessage, tools);
  if (message.contactMessage || message.contactsArrayMessage) return readContacts(message, tools);
  if (message.groupInviteMessage) return readInvite(message.groupInviteMessage, tools);
  if (message.albumMessage) {
    return {
      type: 'album',
      images: message.albumMessage.expectedImageCount ?? 0,
      videos: message.albumMessage.expectedVideoCount ?? 0,
      ...tools.frame(message.albumMessage.contextInfo),
    };
  }
  return null;
}

/** A contact card as phones share it: `waid` makes the number one that can be written to. */
export function makeVcard(name: string, phone: string): string {
  const escaped = name.replace(/[\\,;]/g, (mark) => `\\${mark}`).replace(/\r?\n/g, '\\n');
  const digits = phone.replace(/\D/g, '');
  return [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:;${escaped};;;`,
    `FN:${escaped}`,
    `TEL;type=CELL;type=VOICE;waid=${digits}:+${digits}`,
    'END:VCARD',
  ].join('\n');
}

/** `conversation` for bare words, as clients do: everything more needs the extended form. */
function composeText(content: TextContent, tools: ComposeTools): proto.IMessage {
  const { text, preview, background, font } = content;
  const frame = tools.frame(content);
  const isBare = !preview && !frame.contextInfo && background === undefined && font === undefined;
  if (isBare) return { conversation: text };
  return {
    extendedTextMessage: {
      text,
      ...(preview ? composePreview(preview) : {}),
      ...given({ backgroundArgb: background, font }),
      ...frame,
    },
  };
}

function composePreview(preview: LinkPreview): proto.Message.IExtendedTextMessage {
  return {
    matchedText: preview.url,
    previewType: proto.Message.ExtendedTextMessage.PreviewType.NONE,
    ...given({
      title: preview.title,
      description: preview.description,
      jpegThumbnail: preview.thumbnail,
    }),
  };
}

function readText(message: proto.Message.IExtendedTextMessage, tools: ReadTools): TextContent {
  const { text, matchedText, title, description, jpegThumbnail, backgroundArgb, font } = message;
  return {
    type: 'text',
    text: text ?? '',
    ...(matchedText
      ? {
          preview: {
            url: matchedText,
            ...given({ title, description, thumbnail: jpegThumbnail }),
          },
        }
      : {}),
    ...given({ background: backgroundArgb, font }),
    ...tools.frame(message.contextInfo),
  };
}

type Place = Omit<LocationContent, 'type' | keyof Frame>;

export function composePlace(place: Place): proto.Message.ILocationMessage {
  return {
    degreesLatitude: place.latitude,
    degreesLongitude: place.longitude,
    ...given({
      name: place.name,
      address: place.address,
      url: place.url,
      jpegThumbnail: place.thumbnail,
    }),
  };
}

export function readPlace(location: proto.Message.ILocationMessage): Place {
  return {
    latitude: location.degreesLatitude ?? 0,
    longitude: location.degreesLongitude ?? 0,
    ...given({
      name: location.name,
      address: location.address,
      url: location.url,
      thumbnail: location.jpegThumbnail,
    }),
  };
}

function readLive(live: proto.Message.ILiveLocationMessage, tools: ReadTools): LiveLocationContent {
  return {
    type: 'live-location',
    latitude: live.degreesLatitude ?? 0,
    longitude: live.degreesLongitude ?? 0,
    ...given({
      caption: live.caption,
      accuracy: live.accuracyInMeters,
      speed: live.speedInMps,
      heading: live.degreesClockwiseFromMagneticNorth,
      sequence: toNumber(live.sequenceNumber),
    }),
    ...tools.frame(live.contextInfo),
  };
}

function composeContacts(content: ContactsContent, tools: ComposeTools): proto.IMessage {
  const cards = content.contacts.map(({ name, vcard }) => ({ displayName: name, vcard }));
  const [only] = cards;
  if (only && cards.length === 1) {
    return { contactMessage: { ...only, ...tools.frame(content) } };
  }
  return {
    contactsArrayMessage: {
      displayName: content.title ?? `${cards.length} contacts`,
      contacts: cards,
      ...tools.frame(content),
    },
  };
}

function readContacts(message: proto.IMessage, tools: ReadTools): ContactsContent {
  const array = message.contactsArrayMessage;
  const cards = array ? (array.contacts ?? []) : [message.contactMessage];
  return {
    type: 'contacts',
    contacts: cards.map((card) => ({ name: card?.displayName ?? '', vcard: card?.vcard ?? '' })),
    ...given({ title: array?.displayName }),
    ...tools.frame((array ?? message.contactMessage)?.contextInfo),
  };
}

function readInvite(
  invite: proto.Message.IGroupInviteMessage,
  tools: ReadTools,
): GroupInviteContent {
  return {
    type: 'group-invite',
    group: invite.groupJid ?? '',
    code: invite.inviteCode ?? '',
    ...given({
      name: invite.groupName,
      caption: invite.caption,
      expiresS: toNumber(invite.inviteExpiration),
    }),
    ...tools.frame(invite.contextInfo),
  };
}
