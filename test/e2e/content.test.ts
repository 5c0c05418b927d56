import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mp4, opus } from '../../gateway/src/messages/media-fixtures.ts';
import { type Correspondence, dataUri, startCorrespondence } from '../support/correspondence.ts';
import { redPng } from '../support/pictures.ts';

/** Everything that can be sent, as the other phone sees it. */
describe('every kind of message', () => {
  let world: Correspondence;
  beforeAll(async () => {
    world = await startCorrespondence({ ALLOW_RAW: '1' });
  });
  afterAll(() => world.close());

  it('goes out with its media', async () => {
    const picture = dataUri('image/png', await redPng());
    const film = dataUri('video/mp4', mp4());
    const voice = dataUri('audio/ogg', opus({ seconds: 3 }));
    expect(
      (await world.send({ image: { url: picture, caption: 'Look' } })).message.imageMessage,
    ).toMatchObject({
      caption: 'Look',
      mimetype: 'image/png',
      width: 64,
      height: 48,
    });
    expect(
      (await world.send({ video: { url: film, caption: 'Film' } })).message.videoMessage,
    ).toMatchObject({
      caption: 'Film',
      seconds: 12,
      width: 640,
    });
    expect((await world.send({ gif: { url: film } })).message.videoMessage).toMatchObject({
      gifPlayback: true,
    });
    expect((await world.send({ ptv: { url: film } })).message.ptvMessage).toMatchObject({
      seconds: 12,
    });
    expect((await world.send({ audio: { url: voice } })).message.audioMessage?.ptt ?? false).toBe(
      false,
    );
    expect(
      (await world.send({ audio: { url: voice, voice: true } })).message.audioMessage,
    ).toMatchObject({
      ptt: true,
      seconds: 3,
      mimetype: 'audio/ogg; codecs=opus',
    });
    const file = {
      base64: Buffer.from('%PDF-1.7').toString('base64'),
      fileName: 'a.pdf',
      caption: 'Bill',
    };
    const { message } = await world.send({ document: file });
    const document =
      message.documentMessage ?? message.documentWithCaptionMessage?.message?.documentMessage;
    expect(document).toMatchObject({
      fileName: 'a.pdf',
      mimetype: 'application/pdf',
      caption: 'Bill',
    });
    expect((await world.send({ sticker: { url: picture } })).message.stickerMessage).toMatchObject({
      mimetype: 'image/webp',
    });
    const once = (await world.send({ 'view-once': { url: picture } })).message;
    const seen = once.viewOnceMessage ?? once.viewOnceMessageV2;
    expect(seen?.message?.imageMessage).toMatchObject({ viewOnce: true });
  });

  it('goes out without media', async () => {
    const { message } = await world.send({
      location: { latitude: 1.5, longitude: 2, name: 'Here' },
    });
    expect(message.locationMessage).toMatchObject({ degreesLatitude: 1.5, name: 'Here' });
    const one = await world.send({
      contact: { displayName: 'Ana', phoneNumber: '+55 11 77777-7777' },
    });
    expect(one.message.contactMessage).toMatchObject({ displayName: 'Ana' });
    expect(one.message.contactMessage?.vcard).toContain('waid=5511777777777');
    const cards = ['Ana', 'Rui'].map((displayName) => ({
      displayName,
      phoneNumber: '5511777777777',
    }));
    const several = await world.send({ contact: { contacts: cards } });
    expect(several.message.contactsArrayMessage?.contacts).toHaveLength(2);
    const event = await world.send({ event: { name: 'Party', startsAt: '2026-12-01T18:00:00Z' } });
    expect(event.message.eventMessage).toMatchObject({ name: 'Party' });
  });

  it('answers, mentions, reacts, edits, pins, forwards and deletes', async () => {
    const question = await world.receive({ conversation: 'How much?' });
    const answer = await world.send({
      text: '@5511888888888 ten',
      replyTo: question['messageId'],
      mentions: [world.john.number],
    });
    expect(answer.message.extendedTextMessage).toMatchObject({
      text: '@5511888888888 ten',
      contextInfo: {
        stanzaId: question['messageId'],
        quotedMessage: { conversation: 'How much?' },
        mentionedJid: [world.john.jid],
      },
    });
    const reaction = await world.send({
      reaction: { messageId: question['messageId'], emoji: '👍' },
    });
    expect(reaction.message.reactionMessage).toMatchObject({
      text: '👍',
      key: { id: question['messageId'] },
    });
    const edited = await world.send({ edit: { messageId: answer.id, text: 'twelve' } });
    const edit =
      edited.message.protocolMessage ?? edited.message.editedMessage?.message?.protocolMessage;
    expect(edit).toMatchObject({ key: { id: answer.id } });
    const pinned = await world.send({ pin: { messageId: question['messageId'], for: 'day' } });
    expect(pinned.message.pinInChatMessage).toMatchObject({ key: { id: question['messageId'] } });
    const forwarded = await world.send({ forward: { messageId: question['messageId'] } });
    expect(forwarded.message.extendedTextMessage).toMatchObject({
      text: 'How much?',
      contextInfo: { isForwarded: true },
    });
    const deleted = await world.send({ delete: { messageId: answer.id } });
    expect(deleted.message.protocolMessage).toMatchObject({ key: { id: answer.id } });
  });

  it('can be a status post, for those who are named, and is taken back from them', async () => {
    const ann = world.simulator.accounts.create({ phone: '5511777777777', name: 'Ann' });
    const post = (content: object) =>
      world.gateway.call('POST', '/sessions/shop/send', { to: 'status@broadcast', ...content });
    const recipients = [world.john.number];
    const status = { recipients, background: '#128C7E', font: 2 };
    const { status: code, body } = await post({ text: 'Open until ten', status });
    expect([code, body]).toMatchObject([200, { status: 'sent' }]);
    const seen = await world.john.phone.waitForMessage(({ id }) => id === body['messageId']);
    expect(seen.chat).toBe('status@broadcast');
    expect(seen.message.extendedTextMessage).toMatchObject({
      text: 'Open until ten',
      backgroundArgb: 0xff128c7e,
      font: 2,
    });
    const image = { url: dataUri('image/png', await redPng()), caption: 'Tonight' };
    const picture = await post({ image, status: { recipients } });
    const shown = await world.john.phone.waitForMessage(
      ({ id }) => id === picture.body['messageId'],
    );
    expect(shown.message.imageMessage).toMatchObject({ caption: 'Tonight' });
    const path = `/sessions/shop/messages/${String(body['messageId'])}/delete`;
    const deleted = await world.gateway.call('POST', path, {});
    expect(deleted.status).toBe(200);
    const taken = await world.john.phone.waitForMessage(
      ({ id }) => id === deleted.body['messageId'],
    );
    expect(taken.message.protocolMessage).toMatchObject({ key: { id: body['messageId'] } });
    expect(ann.phone.inbox).toEqual([]);
    for (const [content, problem, field] of [
      [{ text: 'To whom?' }, 'missing_field', '/status/recipients'],
      [
        { text: 'x', status: { recipients: ['120363041234567890@g.us'] } },
        'invalid_recipient',
        '/status/recipients/0',
      ],
      [{ to: world.john.number, text: 'x', status: { recipients } }, 'invalid_request', '/status'],
    ] as const) {
      const refused = await post(content);
      expect([refused.status, refused.body]).toMatchObject([
        400,
        { code: problem, errors: [{ field }] },
      ]);
    }
  });

  it('is kept and can be read back and changed by its id', async () => {
    const { id: messageId } = await world.send({ text: 'helo', clientRef: 'order-7' });
    const path = `/sessions/shop/messages/${messageId}`;
    const edited = await world.gateway.call('POST', `${path}/edit`, { text: 'hello' });
    expect([edited.status, edited.body]).toMatchObject([
      200,
      { success: true, chatId: world.john.jid },
    ]);
    await world.john.phone.waitForMessage(({ id }) => id === edited.body['messageId']);
    const life = await world.gateway.call('GET', path);
    expect(life.body).toMatchObject({
      text: 'hello',
      clientRef: 'order-7',
      source: 'api',
      edits: [{ text: 'helo' }],
    });
    const chat = await world.gateway.call(
      'GET',
      `/sessions/shop/chats/${world.john.number}/messages?limit=1`,
    );
    expect(chat.body).toMatchObject({
      items: [{ messageId, text: 'hello' }],
      next: expect.any(String),
    });
    const chats = await world.gateway.call('GET', '/sessions/shop/chats');
    expect(chats.body['items']).toContainEqual(
      expect.objectContaining({
        chatId: world.john.jid,
        lastMessage: expect.objectContaining({ messageId }),
      }),
    );
    const deleted = await world.gateway.call('POST', `${path}/delete`, {});
    expect(deleted.status).toBe(200);
    expect((await world.gateway.call('GET', path)).body).toMatchObject({
      text: '',
      deletedAt: expect.any(String),
    });
    expect(
      (await world.gateway.call('POST', '/sessions/shop/messages/nobody/edit', { text: 'x' }))
        .status,
    ).toBe(404);
  });

  it('can be a protobuf as it is', async () => {
    const { message } = await world.send({
      raw: { extendedTextMessage: { text: 'Raw', font: 2 } },
    });
    expect(message.extendedTextMessage).toMatchObject({ text: 'Raw', font: 2 });
    const refused = await world.gateway.call('POST', '/sessions/shop/send', {
      to: world.john.number,
      raw: { extendedTextMessage: { txt: 'Raw' } },
    });
    expect([refused.status, refused.body]).toMatchObject([
      400,
      { code: 'invalid_request', errors: [{ field: '/raw/extendedTextMessage/txt' }] },
    ]);
  });

  it('can be asked beforehand whether it would reach somebody', async () => {
    const { body } = await world.gateway.call('POST', '/sessions/shop/contacts/check', {
      numbers: ['+55 (11) 88888-8888', '5511000000000', 'John'],
    });
    expect(body).toMatchObject({
      numbers: [
        { exists: true, chatId: world.john.jid, lid: world.john.lid },
        { exists: false, error: null },
        { exists: false, error: expect.any(String) },
      ],
    });
  });

  it('broke no rule of the protocol', () => {
    expect(() => world.simulator.violations.assertNone()).not.toThrow();
  });
});
