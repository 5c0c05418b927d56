import type { AccountHandle } from '@whatsapp-gateway/simulator';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mp4 } from '../../gateway/src/messages/media-fixtures.ts';
import { type PairedGateway, startPairedGateway } from '../support/paired-gateway.ts';
import { redPng } from '../support/pictures.ts';

/** What is shown of a medium before it is loaded, as the other phone sees it. */
describe('a medium that is not loaded yet', () => {
  let world: PairedGateway;
  let john: AccountHandle;
  let picture: string;

  beforeAll(async () => {
    world = await startPairedGateway();
    john = world.simulator.accounts.create({ phone: '5511888888888', name: 'John' });
    picture = (await redPng()).toString('base64');
  });
  afterAll(() => world.close());

  async function send(content: object) {
    const { gateway } = world;
    const { status, body } = await gateway.call('POST', '/sessions/shop/send', {
      to: john.number,
      ...content,
    });
    expect([status, body]).toMatchObject([200, { success: true }]);
    const { message } = await john.phone.waitForMessage(({ id }) => id === body['messageId']);
    return message;
  }

  const format = async (thumbnail: Uint8Array | null | undefined) =>
    (await sharp(thumbnail ?? Buffer.alloc(0)).metadata()).format;

  it('shows the picture that was given with it', async () => {
    const thumbnail = { base64: picture };
    const url = `data:video/mp4;base64,${mp4().toString('base64')}`;
    const { videoMessage } = await send({ video: { url, thumbnail } });
    expect(await format(videoMessage?.jpegThumbnail)).toBe('jpeg');
    expect(videoMessage).toMatchObject({ width: 640, height: 360, seconds: 12 });
    const base64 = Buffer.from('%PDF-1.7').toString('base64');
    const { documentMessage } = await send({ document: { base64, thumbnail } });
    expect(await format(documentMessage?.jpegThumbnail)).toBe('jpeg');
  });

  it('shows itself when it is a picture, sent as whatever', async () => {
    const { imageMessage } = await send({ image: { base64: picture } });
    const { documentMessage } = await send({ document: { base64: picture } });
    expect(await format(imageMessage?.jpegThumbnail)).toBe('jpeg');
    expect(documentMessage?.jpegThumbnail).toEqual(imageMessage?.jpegThumbnail);
  });

  it('says which field of a thumbnail is wrong', async () => {
    const { status, body } = await world.gateway.call('POST', '/sessions/shop/messages/document', {
      to: john.number,
      base64: picture,
      thumbnail: { base64: Buffer.from('no picture').toString('base64') },
    });
    expect([status, body]).toMatchObject([
      422,
      { code: 'media_wrong_type', errors: [{ field: '/thumbnail/base64' }] },
    ]);
  });
});
