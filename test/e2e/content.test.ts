import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mp4, opus } from '../../gateway/src/messages/media-fixtures.ts';
import { basicExamples } from '../../gateway/src/messages/normalise/examples-basic.ts';
import { interactiveExamples } from '../../gateway/src/messages/normalise/examples-interactive.ts';
import { GatewayProcess, OPERATOR_KEY } from '../support/gateway-process.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** Everything that can be sent, as the other phone sees it; everything a phone sends, as a webhook. */
describe('every kind of message', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let webhooks: WebhookReceiver;
  let shop: AccountHandle;
  let john: AccountHandle;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 11 });
    shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' });
    webhooks = await createWebhookReceiver();
    gateway = await GatewayProcess.prepare(simulator, {
      WEBHOOK_URL: `${webhooks.url}/in`,
      ALLOW_RAW: '1',
    });
    await gateway.start();
    const { body } = await gateway.call('POST', '/sessions/shop/start');
    await shop.phone.scan(String(body['qr']));
    await gateway.waitForStatus('shop', 'open');
  });

  afterAll(async () => {
    await gateway.dispose();
    await webhooks.close();
    await simulator.close();
  });

  /** Sends content and returns the protobuf that John's phone decrypted. */
  async function send(content: object) {
    const { status, body } = await gateway.call('POST', '/sessions/shop/send', {
      to: john.number,
      ...content,
    });
    expect([status, body]).toMatchObject([200, { success: true, status: 'sent' }]);
    const { message } = await john.phone.waitForMessage(({ id }) => id === body['messageId']);
    return { message, messageId: String(body['messageId']) };
  }

  /** What John writes, as the webhook tells it. */
  async function receive(message: object) {
    const { id } = await john.phone.sendMessage(shop.jid, message);
    const { body } = await webhooks.waitFor(({ body }) => body.data['messageId'] === id);
    return body.data;
  }

  const asOperator = { authorization: `Bearer ${OPERATOR_KEY}` };
  const uri = (type: string, bytes: Buffer) => `data:${type};base64,${bytes.toString('base64')}`;
  const png = () =>
    sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } })
      .png()
      .toBuffer();

  it('goes out with its media', async () => {
    const picture = uri('image/png', await png());
    const film = uri('video/mp4', mp4());
    const voice = uri('audio/ogg', opus({ seconds: 3 }));
    expect(
      (await send({ image: { url: picture, caption: 'Look' } })).message.imageMessage,
    ).toMatchObject({
      caption: 'Look',
      mimetype: 'image/png',
      width: 64,
      height: 48,
    });
    expect(
      (await send({ video: { url: film, caption: 'Film' } })).message.videoMessage,
    ).toMatchObject({
      caption: 'Film',
      seconds: 12,
      width: 640,
    });
    expect((await send({ gif: { url: film } })).message.videoMessage).toMatchObject({
      gifPlayback: true,
    });
    expect((await send({ ptv: { url: film } })).message.ptvMessage).toMatchObject({ seconds: 12 });
    expect((await send({ audio: { url: voice } })).message.audioMessage?.ptt ?? false).toBe(false);
    expect((await send({ audio: { url: voice, voice: true } })).message.audioMessage).toMatchObject(
      {
        ptt: true,
        seconds: 3,
        mimetype: 'audio/ogg; codecs=opus',
      },
    );
    const file = {
      base64: Buffer.from('%PDF-1.7').toString('base64'),
      fileName: 'a.pdf',
      caption: 'Bill',
    };
    const { message } = await send({ document: file });
    const document =
      message.documentMessage ?? message.documentWithCaptionMessage?.message?.documentMessage;
    expect(document).toMatchObject({
      fileName: 'a.pdf',
      mimetype: 'application/pdf',
      caption: 'Bill',
    });
    expect((await send({ sticker: { url: picture } })).message.stickerMessage).toMatchObject({
      mimetype: 'image/webp',
    });
    const once = (await send({ 'view-once': { url: picture } })).message;
    const seen = once.viewOnceMessage ?? once.viewOnceMessageV2;
    expect(seen?.message?.imageMessage).toMatchObject({ viewOnce: true });
  });

  it('goes out without media', async () => {
    const { message } = await send({ location: { latitude: 1.5, longitude: 2, name: 'Here' } });
    expect(message.locationMessage).toMatchObject({ degreesLatitude: 1.5, name: 'Here' });
    const one = await send({ contact: { displayName: 'Ana', phoneNumber: '+55 11 77777-7777' } });
    expect(one.message.contactMessage).toMatchObject({ displayName: 'Ana' });
    expect(one.message.contactMessage?.vcard).toContain('waid=5511777777777');
    const cards = ['Ana', 'Rui'].map((displayName) => ({
      displayName,
      phoneNumber: '5511777777777',
    }));
    const several = await send({ contact: { contacts: cards } });
    expect(several.message.contactsArrayMessage?.contacts).toHaveLength(2);
    const event = await send({ event: { name: 'Party', startsAt: '2026-12-01T18:00:00Z' } });
    expect(event.message.eventMessage).toMatchObject({ name: 'Party' });
  });

  it('answers, mentions, reacts, edits, pins, forwards and deletes', async () => {
    const question = await receive({ conversation: 'How much?' });
    const answer = await send({
      text: '@5511888888888 ten',
      replyTo: question['messageId'],
      mentions: [john.number],
    });
    expect(answer.message.extendedTextMessage).toMatchObject({
      text: '@5511888888888 ten',
      contextInfo: {
        stanzaId: question['messageId'],
        quotedMessage: { conversation: 'How much?' },
        mentionedJid: [john.jid],
      },
    });
    const reaction = await send({ reaction: { messageId: question['messageId'], emoji: '👍' } });
    expect(reaction.message.reactionMessage).toMatchObject({
      text: '👍',
      key: { id: question['messageId'] },
    });
    const edited = await send({ edit: { messageId: answer.messageId, text: 'twelve' } });
    const edit =
      edited.message.protocolMessage ?? edited.message.editedMessage?.message?.protocolMessage;
    expect(edit).toMatchObject({ key: { id: answer.messageId } });
    const pinned = await send({ pin: { messageId: question['messageId'], for: 'day' } });
    expect(pinned.message.pinInChatMessage).toMatchObject({ key: { id: question['messageId'] } });
    const forwarded = await send({ forward: { messageId: question['messageId'] } });
    expect(forwarded.message.extendedTextMessage).toMatchObject({
      text: 'How much?',
      contextInfo: { isForwarded: true },
    });
    const deleted = await send({ delete: { messageId: answer.messageId } });
    expect(deleted.message.protocolMessage).toMatchObject({ key: { id: answer.messageId } });
  });

  /** Linked devices are not given what may be seen once: WhatsApp keeps that for the phone. */
  const reaching = [...basicExamples, ...interactiveExamples].filter(
    ({ title }) => title !== 'view once',
  );
  it.each(reaching)('comes in: $title', async ({ content, shows }) => {
    expect(await receive(content)).toMatchObject(shows);
  });

  it('comes in with its file, whole, in parts, and by the link of a webhook', async () => {
    const picture = await png();
    const { message } = await send({ image: { url: uri('image/png', picture) } });
    const data = await receive(message);
    const path = `/sessions/shop/messages/${String(data['messageId'])}/media`;
    const whole = await fetch(`${gateway.url}${path}`, { headers: asOperator });
    expect(whole.status).toBe(200);
    expect(Buffer.from(await whole.arrayBuffer()).equals(picture)).toBe(true);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': expect.stringContaining('attachment'),
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
    });
    const part = await fetch(`${gateway.url}${path}`, {
      headers: { ...asOperator, range: 'bytes=1-3' },
    });
    expect([part.status, await part.text()]).toEqual([206, 'PNG']);
    const none = await gateway.call('GET', '/sessions/shop/messages/unknown/media');
    expect([none.status, none.body['code']]).toEqual([404, 'message_not_found']);
    const forged = await fetch(`${gateway.url}/media/forged.token`);
    expect(forged.status).toBe(404);
    expect(await readdir(join(gateway.dataDir, 'media'))).toHaveLength(1);
  });

  it('takes the number that answers a list for the choice it stands for', async () => {
    const buttons = [
      { id: 'y', text: 'Yes' },
      { id: 'n', text: 'No' },
    ];
    const { body } = await gateway.call('POST', '/sessions/shop/send', {
      to: john.number,
      buttons: { text: 'Sure?', buttons },
    });
    expect(body).toMatchObject({ status: 'sent', renderedAs: 'numbered_text' });
    await john.phone.waitForMessage(({ id }) => id === body['messageId']);
    expect(await receive({ conversation: '2' })).toMatchObject({
      type: 'button_reply',
      text: 'No',
      reply: { id: 'n', messageId: body['messageId'], typed: '2' },
    });
  });

  it('can be interactive, and a tap comes back with the id of the choice', async () => {
    const choices = {
      text: 'Sure?',
      footer: 'Tap one',
      buttons: [
        { id: 'y', text: 'Yes' },
        { id: 'n', text: 'No' },
      ],
      render: 'interactive',
    };
    const { body } = await gateway.call('POST', '/sessions/shop/messages/buttons', {
      to: john.number,
      ...choices,
    });
    expect(body).toMatchObject({ status: 'sent', renderedAs: 'interactive' });
    const seen = await john.phone.waitForMessage(({ id }) => id === body['messageId']);
    expect(seen.content).toMatchObject({
      type: 'interactive',
      text: 'Sure?',
      footer: 'Tap one',
      buttons: [
        { name: 'quick_reply', params: '{"display_text":"Yes","id":"y"}' },
        { name: 'quick_reply', params: '{"display_text":"No","id":"n"}' },
      ],
    });
    const tap = {
      interactiveResponseMessage: {
        body: { text: 'No' },
        nativeFlowResponseMessage: { name: 'quick_reply', paramsJson: '{"id":"n"}', version: 3 },
        contextInfo: { stanzaId: String(body['messageId']), participant: shop.jid },
      },
    };
    expect(await receive(tap)).toMatchObject({
      type: 'interactive_reply',
      text: 'No',
      reply: { id: 'n' },
      quoted: { messageId: body['messageId'] },
    });
    // Whoever cannot see the buttons may still write what they say.
    expect(await receive({ conversation: 'yes' })).toMatchObject({ reply: { id: 'y' } });
    const list = {
      text: 'Which?',
      buttonText: 'Plans',
      sections: [{ rows: [{ id: 'pro', title: 'Pro' }] }],
      render: 'interactive',
    };
    const sent = await send({ list });
    expect(sent.message.interactiveMessage?.nativeFlowMessage?.buttons).toMatchObject([
      { name: 'single_select', buttonParamsJson: expect.stringContaining('"id":"pro"') },
    ]);
    const life = await gateway.call('GET', `/sessions/shop/messages/${sent.messageId}`);
    expect(life.body).toMatchObject({ type: 'list', renderedAs: 'interactive' });
  });

  it('can be a status post, for those who are named, and is taken back from them', async () => {
    const ann = simulator.accounts.create({ phone: '5511777777777', name: 'Ann' });
    const post = (content: object) =>
      gateway.call('POST', '/sessions/shop/send', { to: 'status@broadcast', ...content });
    const recipients = [john.number];
    const status = { recipients, background: '#128C7E', font: 2 };
    const { status: code, body } = await post({ text: 'Open until ten', status });
    expect([code, body]).toMatchObject([200, { status: 'sent' }]);
    const seen = await john.phone.waitForMessage(({ id }) => id === body['messageId']);
    expect(seen.chat).toBe('status@broadcast');
    expect(seen.message.extendedTextMessage).toMatchObject({
      text: 'Open until ten',
      backgroundArgb: 0xff128c7e,
      font: 2,
    });
    const image = { url: uri('image/png', await png()), caption: 'Tonight' };
    const picture = await post({ image, status: { recipients } });
    const shown = await john.phone.waitForMessage(({ id }) => id === picture.body['messageId']);
    expect(shown.message.imageMessage).toMatchObject({ caption: 'Tonight' });
    const path = `/sessions/shop/messages/${String(body['messageId'])}/delete`;
    const deleted = await gateway.call('POST', path, {});
    expect(deleted.status).toBe(200);
    const taken = await john.phone.waitForMessage(({ id }) => id === deleted.body['messageId']);
    expect(taken.message.protocolMessage).toMatchObject({ key: { id: body['messageId'] } });
    expect(ann.phone.inbox).toEqual([]);
    for (const [content, problem, field] of [
      [{ text: 'To whom?' }, 'missing_field', '/status/recipients'],
      [
        { text: 'x', status: { recipients: ['120363041234567890@g.us'] } },
        'invalid_recipient',
        '/status/recipients/0',
      ],
      [{ to: john.number, text: 'x', status: { recipients } }, 'invalid_request', '/status'],
    ] as const) {
      const refused = await post(content);
      expect([refused.status, refused.body]).toMatchObject([
        400,
        { code: problem, errors: [{ field }] },
      ]);
    }
  });

  it('is kept and can be read back and changed by its id', async () => {
    const { messageId } = await send({ text: 'helo', clientRef: 'order-7' });
    const path = `/sessions/shop/messages/${messageId}`;
    const edited = await gateway.call('POST', `${path}/edit`, { text: 'hello' });
    expect([edited.status, edited.body]).toMatchObject([200, { success: true, chatId: john.jid }]);
    await john.phone.waitForMessage(({ id }) => id === edited.body['messageId']);
    const life = await gateway.call('GET', path);
    expect(life.body).toMatchObject({
      text: 'hello',
      clientRef: 'order-7',
      source: 'api',
      edits: [{ text: 'helo' }],
    });
    const chat = await gateway.call('GET', `/sessions/shop/chats/${john.number}/messages?limit=1`);
    expect(chat.body).toMatchObject({
      items: [{ messageId, text: 'hello' }],
      next: expect.any(String),
    });
    const chats = await gateway.call('GET', '/sessions/shop/chats');
    expect(chats.body['items']).toContainEqual(
      expect.objectContaining({
        chatId: john.jid,
        lastMessage: expect.objectContaining({ messageId }),
      }),
    );
    const deleted = await gateway.call('POST', `${path}/delete`, {});
    expect(deleted.status).toBe(200);
    expect((await gateway.call('GET', path)).body).toMatchObject({
      text: '',
      deletedAt: expect.any(String),
    });
    expect(
      (await gateway.call('POST', '/sessions/shop/messages/nobody/edit', { text: 'x' })).status,
    ).toBe(404);
  });

  it('can be a stored text with variables', async () => {
    const stored = await gateway.call('PUT', '/templates/shipped', {
      variables: { name: { type: 'text' } },
      content: { text: 'Hi {{name}}, it is on its way.' },
    });
    expect([stored.status, stored.body]).toMatchObject([200, { name: 'shipped', language: '' }]);
    const variables = { name: 'John' };
    const preview = await gateway.call('POST', '/templates/shipped/preview', { variables });
    expect(preview.body).toMatchObject({ content: { text: 'Hi John, it is on its way.' } });
    const { message } = await send({ template: { name: 'shipped', variables } });
    expect(message.conversation ?? message.extendedTextMessage?.text).toBe(
      'Hi John, it is on its way.',
    );
    const refused = await gateway.call('POST', '/sessions/shop/messages/template', {
      to: john.number,
      name: 'shipped',
    });
    expect([refused.status, refused.body['code']]).toEqual([400, 'template_variables']);
    expect((await gateway.call('DELETE', '/templates/shipped')).status).toBe(200);
    expect((await gateway.call('GET', '/templates')).body).toEqual([]);
  });

  it('can be a template with a picture and buttons', async () => {
    const header = { image: { url: uri('image/png', await png()) } };
    const buttons = [{ id: 'buy', text: 'Buy' }];
    const offer = async (render: string) => {
      const content = { buttons: { header, text: 'Buy it, {{name}}?', buttons, render } };
      const variables = { name: { type: 'text' } };
      await gateway.call('PUT', '/templates/offer', { variables, content });
      return send({ template: { name: 'offer', variables: { name: 'John' } } });
    };
    const native = (await offer('interactive')).message.interactiveMessage;
    expect(native?.header).toMatchObject({ imageMessage: { width: 64 } });
    const { message, messageId } = await offer('text');
    expect(message.imageMessage).toMatchObject({ width: 64, caption: 'Buy it, John?\n\n1. Buy' });
    const answer = await receive({ conversation: '1' });
    expect(answer).toMatchObject({ reply: { id: 'buy', messageId } });
    await gateway.call('DELETE', '/templates/offer');
  });

  it('can be a protobuf as it is', async () => {
    const { message } = await send({ raw: { extendedTextMessage: { text: 'Raw', font: 2 } } });
    expect(message.extendedTextMessage).toMatchObject({ text: 'Raw', font: 2 });
    const refused = await gateway.call('POST', '/sessions/shop/send', {
      to: john.number,
      raw: { extendedTextMessage: { txt: 'Raw' } },
    });
    expect([refused.status, refused.body]).toMatchObject([
      400,
      { code: 'invalid_request', errors: [{ field: '/raw/extendedTextMessage/txt' }] },
    ]);
  });

  it('can be asked beforehand whether it would reach somebody', async () => {
    const { body } = await gateway.call('POST', '/sessions/shop/contacts/check', {
      numbers: ['+55 (11) 88888-8888', '5511000000000', 'John'],
    });
    expect(body).toMatchObject({
      numbers: [
        { exists: true, chatId: john.jid, lid: john.lid },
        { exists: false, error: null },
        { exists: false, error: expect.any(String) },
      ],
    });
  });

  it('broke no rule of the protocol', () => {
    expect(() => simulator.violations.assertNone()).not.toThrow();
  });
});
