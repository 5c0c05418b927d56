import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchMedia, mediaOf } from '@whatsapp-gateway/simulator';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { opus } from '../../gateway/src/messages/media-fixtures.ts';
import { type Correspondence, dataUri, startCorrespondence } from '../support/correspondence.ts';

/** Media that the service changes or draws before it sends it, as it comes out of the other phone. */
describe('media that is made for WhatsApp', () => {
  let world: Correspondence;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'made-media-'));
    // Stands for ffmpeg: whatever it is given is two seconds of sound, the second twice as loud.
    const program = join(folder, 'ffmpeg');
    const second = (level: string) => `head -c 32000 /dev/zero | tr '\\000' '\\${level}'`;
    await writeFile(program, `#!/bin/sh\n${second('010')}\n${second('020')}\n`);
    await chmod(program, 0o755);
    world = await startCorrespondence({ PATH: `${folder}:${process.env['PATH'] ?? ''}` });
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  it('draws the loudness of a voice note and says how long it is', async () => {
    const audio = { url: dataUri('audio/ogg', opus({ seconds: 7 })), voice: true };
    const { message, content } = await world.send({ audio });
    expect(content).toMatchObject({ type: 'audio', voice: true, seconds: 7 });
    const waveform = [...(message.audioMessage?.waveform ?? [])];
    expect(waveform).toEqual([...Array(32).fill(50), ...Array(32).fill(100)]);
  });

  it('keeps a sticker moving that is made of an animation', async () => {
    const frames = await Promise.all(
      ['red', 'blue', 'green'].map((background) =>
        sharp({ create: { width: 40, height: 20, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const gif = await sharp(frames, { join: { animated: true } })
      .gif({ delay: [100, 100, 100] })
      .toBuffer();
    const received = await world.send({ sticker: { url: dataUri('image/gif', gif) } });
    expect(received.message.stickerMessage).toMatchObject({
      isAnimated: true,
      mimetype: 'image/webp',
    });
    const media = mediaOf(received.content);
    if (!media) throw new Error('the sticker has no file');
    const bytes = fetchMedia(media, world.simulator.media);
    expect(await sharp(bytes, { animated: true }).metadata()).toMatchObject({
      format: 'webp',
      width: 512,
      pageHeight: 512,
      pages: 3,
    });
  });

  it('broke no rule of the protocol', () => {
    expect(() => world.simulator.violations.assertNone()).not.toThrow();
  });
});
