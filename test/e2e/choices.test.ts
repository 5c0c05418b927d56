import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mp4 } from '../../gateway/src/messages/media-fixtures.ts';
import { type Correspondence, dataUri, startCorrespondence } from '../support/correspondence.ts';
import { redPng } from '../support/pictures.ts';

/** Lists, buttons and templates, and the answers to them. */
describe('messages to choose from', () => {
  let world: Correspondence;
  beforeAll(async () => {
    world = await startCorrespondence();
  });
  afterAll(() => world.close());

  it('takes the number that answers a list for the choice it stands for', async () => {
    const buttons = [
      { id: 'y', text: 'Yes' },
      { id: 'n', text: 'No' },
    ];
    const { body } = await world.gateway.call('POST', '/sessions/shop/send', {
      to: world.john.number,
      buttons: { text: 'Sure?', buttons },
    });
    expect(body).toMatchObject({ status: 'sent', renderedAs: 'numbered_text' });
    await world.john.phone.waitForMessage(({ id }) => id === body['messageId']);
    expect(await world.receive({ conversation: '2' })).toMatchObject({
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
    const { body } = await world.gateway.call('POST', '/sessions/shop/messages/buttons', {
      to: world.john.number,
      ...choices,
    });
    expect(body).toMatchObject({ status: 'sent', renderedAs: 'interactive' });
    const seen = await world.john.phone.waitForMessage(({ id }) => id === body['messageId']);
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
        contextInfo: { stanzaId: String(body['messageId']), participant: world.shop.jid },
      },
    };
    expect(await world.receive(tap)).toMatchObject({
      type: 'interactive_reply',
      text: 'No',
      reply: { id: 'n' },
      quoted: { messageId: body['messageId'] },
    });
    // Whoever cannot see the buttons may still write what they say.
    expect(await world.receive({ conversation: 'yes' })).toMatchObject({ reply: { id: 'y' } });
    const list = {
      text: 'Which?',
      buttonText: 'Plans',
      sections: [{ rows: [{ id: 'pro', title: 'Pro' }] }],
      render: 'interactive',
    };
    const sent = await world.send({ list });
    expect(sent.message.interactiveMessage?.nativeFlowMessage?.buttons).toMatchObject([
      { name: 'single_select', buttonParamsJson: expect.stringContaining('"id":"pro"') },
    ]);
    const life = await world.gateway.call('GET', `/sessions/shop/messages/${sent.id}`);
    expect(life.body).toMatchObject({ type: 'list', renderedAs: 'interactive' });
  });

  it('can be a stored text with variables', async () => {
    const stored = await world.gateway.call('PUT', '/templates/shipped', {
      variables: { name: { type: 'text' } },
      content: { text: 'Hi {{name}}, it is on its way.' },
    });
    expect([stored.status, stored.body]).toMatchObject([200, { name: 'shipped', language: '' }]);
    const variables = { name: 'John' };
    const preview = await world.gateway.call('POST', '/templates/shipped/preview', { variables });
    expect(preview.body).toMatchObject({ content: { text: 'Hi John, it is on its way.' } });
    const { message } = await world.send({ template: { name: 'shipped', variables } });
    expect(message.conversation ?? message.extendedTextMessage?.text).toBe(
      'Hi John, it is on its way.',
    );
    const refused = await world.gateway.call('POST', '/sessions/shop/messages/template', {
      to: world.john.number,
      name: 'shipped',
    });
    expect([refused.status, refused.body['code']]).toEqual([400, 'template_variables']);
    expect((await world.gateway.call('DELETE', '/templates/shipped')).status).toBe(200);
    expect((await world.gateway.call('GET', '/templates')).body).toEqual([]);
  });

  it('can be a template with a picture and buttons', async () => {
    const header = { image: { url: dataUri('image/png', await redPng()) } };
    const buttons = [{ id: 'buy', text: 'Buy' }];
    const offer = async (render: string) => {
      const content = { buttons: { header, text: 'Buy it, {{name}}?', buttons, render } };
      const variables = { name: { type: 'text' } };
      await world.gateway.call('PUT', '/templates/offer', { variables, content });
      return world.send({ template: { name: 'offer', variables: { name: 'John' } } });
    };
    const native = (await offer('interactive')).message.interactiveMessage;
    expect(native?.header).toMatchObject({ imageMessage: { width: 64 } });
    const { message, id: messageId } = await offer('text');
    expect(message.imageMessage).toMatchObject({ width: 64, caption: 'Buy it, John?\n\n1. Buy' });
    const answer = await world.receive({ conversation: '1' });
    expect(answer).toMatchObject({ reply: { id: 'buy', messageId } });
    await world.gateway.call('DELETE', '/templates/offer');
  });

  it('stand under a line, a film or a document as well, buttons or not', async () => {
    const film = { url: dataUri('video/mp4', mp4()) };
    const bill = { base64: Buffer.from('%PDF-1.7').toString('base64'), fileName: 'bill.pdf' };
    const offer = async (header: object, render: string) => {
      const buttons = [{ id: 'pay', text: 'Pay' }];
      const { message } = await world.send({
        buttons: { header, text: 'All of it?', buttons, render },
      });
      return message;
    };
    const native = async (header: object) =>
      (await offer(header, 'interactive')).interactiveMessage?.header;
    expect(await native({ text: 'Order 7' })).toMatchObject({ title: 'Order 7' });
    expect(await native({ video: film })).toMatchObject({
      hasMediaAttachment: true,
      videoMessage: { seconds: 12, width: 640 },
    });
    expect(await native({ document: bill })).toMatchObject({
      hasMediaAttachment: true,
      documentMessage: { fileName: 'bill.pdf', mimetype: 'application/pdf' },
    });
    const caption = 'All of it?\n\n1. Pay';
    const line = await offer({ text: 'Order 7' }, 'text');
    expect(line.conversation ?? line.extendedTextMessage?.text).toContain(caption);
    expect(line.conversation ?? line.extendedTextMessage?.text).toContain('Order 7');
    expect((await offer({ video: film }, 'text')).videoMessage).toMatchObject({ caption });
    const document = await offer({ document: bill }, 'text');
    const paper =
      document.documentMessage ?? document.documentWithCaptionMessage?.message?.documentMessage;
    expect(paper).toMatchObject({ fileName: 'bill.pdf', caption });
  });

  it('broke no rule of the protocol', () => {
    expect(() => world.simulator.violations.assertNone()).not.toThrow();
  });
});
