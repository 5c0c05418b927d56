import { afterEach, describe, expect, it } from 'vitest';
import { openUnsynced } from '../storage/sqlite/testing/folder.ts';
import { illustrate, type MessageMedia } from './media.ts';
import { webhookRequest } from './message.ts';
import type { EndpointSettings } from './store.ts';
import { closeAll, ending, endpoint, message, newFolder, openHouse } from './testing/house.ts';
import { startReceiver } from './testing/receiver.ts';

afterEach(closeAll);

const PICTURE = Buffer.from([0xff, 0xd8, 0x0d, 0x0a, 0x2d, 0x2d, 0x00]);

const media: MessageMedia = {
  link: async ({ sessionId, messageId }) =>
    messageId === 'gone'
      ? null
      : { url: `https://gateway.example/m/${sessionId}/${messageId}`, expiresAtMs: 1_000 },
  read: async ({ messageId }, maxBytes) =>
    messageId === 'gone' || PICTURE.length > maxBytes
      ? null
      : { bytes: PICTURE, mimetype: 'image/jpeg', fileName: 'a "b"\r\n.jpg' },
};

function picture(messageId: string, more: object = {}) {
  const { event, workspaceId, sessionId, data } = message('look');
  const shown = { ...data, messageId, hasMedia: true, media: { mimetype: 'image/jpeg' }, ...more };
  return { id: 'e', event, workspaceId, sessionId, timestampMs: 0, data: shown };
}

const wanting = (mode: EndpointSettings['media']['mode'], maxInlineBytes = 1_000) =>
  endpoint('one', 'http://x/', { media: { mode, maxInlineBytes } });

describe('media in events', () => {
  it.each<[EndpointSettings['media']['mode'], object]>([
    ['none', { mimetype: 'image/jpeg' }],
    [
      'link',
      {
        mimetype: 'image/jpeg',
        url: 'https://gateway.example/m/support/one',
        urlExpiresAt: '1970-01-01T00:00:01.000Z',
      },
    ],
    ['inline', { mimetype: 'image/jpeg', base64: PICTURE.toString('base64') }],
    ['multipart', { mimetype: 'image/jpeg', part: 'media' }],
  ])('come as %s', async (mode, shown) => {
    const { data, files } = await illustrate(media, wanting(mode), picture('one'));
    expect(data.media).toEqual(shown);
    expect(files).toHaveLength(mode === 'multipart' ? 1 : 0);
  });

  it('become a link when they are too large, and nothing when they are gone', async () => {
    for (const mode of ['inline', 'multipart'] as const) {
      const large = await illustrate(media, wanting(mode, 3), picture('one'));
      expect(large).toMatchObject({ data: { media: { url: expect.any(String) } }, files: [] });
      const gone = await illustrate(media, wanting(mode), picture('gone'));
      expect(gone).toMatchObject({ data: { media: { mimetype: 'image/jpeg' } }, files: [] });
    }
  });

  it('are left alone in events without any', async () => {
    const event = picture('one', { hasMedia: false, media: null });
    expect(await illustrate(media, wanting('inline'), event)).toEqual({
      data: event.data,
      files: [],
    });
  });

  it('come for each of the joined messages', async () => {
    const joined = [picture('one').data, picture('two').data];
    const event = picture('two', { joined });
    const { data, files } = await illustrate(media, wanting('multipart'), event);
    expect(data).toMatchObject({
      media: { part: 'media1' },
      joined: [{ media: { part: 'media' } }, { media: { part: 'media1' } }],
    });
    expect(files.map(({ part }) => part)).toEqual(['media', 'media1']);
  });

  it('make a form that a stock parser reads', async () => {
    const event = picture('one');
    const content = await illustrate(media, wanting('multipart'), event);
    const request = webhookRequest(wanting('multipart'), { id: 'd', event }, content, 1, 0);
    const response = new Response(Buffer.from(request.body), {
      headers: { 'content-type': request.headers['content-type'] ?? '' },
    });
    const form = await response.formData();
    expect(form.get('event')).toBe('message.received');
    expect(form.get('sessionId')).toBe('support');
    expect(form.get('data')).toContain('"part":"media"');
    const file = form.get('media');
    expect(file).toBeInstanceOf(Blob);
    expect(Buffer.from(await (file as Blob).arrayBuffer())).toEqual(PICTURE);
    expect(file).toMatchObject({ type: 'image/jpeg', name: 'a "b"\r\n.jpg' });
  });

  it('go out signed with the rest', async () => {
    const inbox = ending(await startReceiver(), (made) => made.close());
    const endpoints = [
      endpoint('one', inbox.url, { media: { mode: 'inline', maxInlineBytes: 1_000 } }),
    ];
    const house = await openHouse(openUnsynced, await newFolder(), { endpoints, media });
    const { data } = picture('one');
    await house.events.report([{ ...message('look'), data }]);
    await inbox.waitFor(1);
    expect(inbox.received[0]?.body.data.media).toMatchObject({
      base64: PICTURE.toString('base64'),
    });
  });
});
