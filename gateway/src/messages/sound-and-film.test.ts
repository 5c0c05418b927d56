import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { type Convert, createConverter } from './converter.ts';
import { filmInfo } from './film.ts';
import { createLoudness } from './loudness.ts';
import { mp4, opus } from './media-fixtures.ts';
import { opusInfo } from './ogg.ts';
import { prepareVoice } from './voice.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sound-'));
  file = join(folder, 'medium');
});
afterEach(() => rm(folder, { recursive: true }));

describe('filmInfo', () => {
  it.each([
    ['upright', { turned: false }, { seconds: 12, width: 640, height: 360 }],
    ['turned', { turned: true }, { seconds: 12, width: 360, height: 640 }],
  ])('measures a film that is %s', async (_title, options, expected) => {
    await writeFile(file, mp4(options));
    expect(await filmInfo(file)).toEqual(expected);
  });

  it('finds nothing in anything else, and never fails', async () => {
    const cut = fc.tuple(fc.nat(400), fc.uint8Array({ maxLength: 30 }), fc.nat(400));
    await fc.assert(
      fc.asyncProperty(cut, async ([at, noise, end]) => {
        const film = mp4();
        film.set(noise.subarray(0, Math.max(0, film.length - at)), Math.min(at, film.length));
        await writeFile(file, film.subarray(0, end));
        expect(await filmInfo(file)).toBeTypeOf('object');
      }),
    );
  });
});

describe('opusInfo', () => {
  it('reads channels and duration', async () => {
    await writeFile(file, opus({ seconds: 7, channels: 2 }));
    expect(await opusInfo(file)).toEqual({ channels: 2, seconds: 7 });
  });

  it.each([Buffer.from('OggS and then Vorbis'), Buffer.alloc(0), Buffer.from('OpusHead')])(
    'answers nothing for what is not Opus',
    async (bytes) => {
      await writeFile(file, bytes);
      expect(await opusInfo(file)).toBeNull();
    },
  );
});

describe('createLoudness', () => {
  const samples = (...values: number[]) => Buffer.from(Int16Array.from(values).buffer);

  it('draws 64 bars relative to the loudest, wherever the bytes are cut', () => {
    const half = 32 * 1_600;
    const sound = samples(
      ...Array.from({ length: 2 * half }, (_, i) => (i < half ? 1_000 : 2_000)),
    );
    const waveform = [1, 3, 4_096].map((size) => {
      const loudness = createLoudness();
      for (let at = 0; at < sound.length; at += size) loudness.add(sound.subarray(at, at + size));
      return Array.from(loudness.waveform() ?? []);
    });
    expect(waveform[0]).toEqual([...Array(32).fill(50), ...Array(32).fill(100)]);
    expect(waveform[1]).toEqual(waveform[0]);
    expect(waveform[2]).toEqual(waveform[0]);
  });

  it('draws silence flat, a short sound as one, and nothing as nothing', () => {
    const silence = createLoudness();
    silence.add(samples(0, 0, 0));
    expect(silence.waveform()).toEqual(new Uint8Array(64));
    const short = createLoudness();
    short.add(samples(500));
    expect(short.waveform()).toEqual(new Uint8Array(64).fill(100));
    expect(createLoudness().waveform()).toBeNull();
  });
});

describe('prepareVoice', () => {
  /** Stands for ffmpeg: writes `made` to the output file, if one is asked for, and two loud samples. */
  const converting =
    (made: Buffer): Convert =>
    async (args, onOutput) => {
      const output = args.find((arg) => arg.endsWith('.ogg'));
      if (output) await writeFile(output.replace('file:', ''), made);
      onOutput?.(Buffer.from([0, 16, 0, 16]));
      return { kind: 'done' };
    };
  const missing: Convert = async () => ({ kind: 'missing' });

  it('leaves a mono Opus file alone and draws it', async () => {
    await writeFile(file, opus({ seconds: 4 }));
    const voice = await prepareVoice(file, 'audio/ogg', converting(Buffer.alloc(0)));
    expect(voice).toEqual({
      kind: 'ready',
      seconds: 4,
      waveform: Buffer.alloc(64, 100).toString('base64'),
    });
    expect(await readFile(file)).toEqual(opus({ seconds: 4 }));
  });

  it('converts anything else in place', async () => {
    await writeFile(file, 'ID3');
    const voice = await prepareVoice(file, 'audio/mpeg', converting(opus({ seconds: 9 })));
    expect(voice).toMatchObject({ kind: 'ready', seconds: 9 });
    expect(await opusInfo(file)).toEqual({ channels: 1, seconds: 9 });
    expect(await readdir(folder)).toEqual(['medium']);
  });

  it('does without a converter where it can and says so where it cannot', async () => {
    await writeFile(file, opus({ channels: 2 }));
    expect(await prepareVoice(file, 'audio/ogg', missing)).toEqual({ kind: 'ready', seconds: 3 });
    await writeFile(file, 'ID3');
    expect(await prepareVoice(file, 'audio/mpeg', missing)).toEqual({ kind: 'missing' });
    const failing: Convert = async (args) => {
      await writeFile(
        (args.find((arg) => arg.endsWith('.ogg')) ?? '').replace('file:', ''),
        'half',
      );
      return { kind: 'failed', reason: 'broken' };
    };
    expect(await prepareVoice(file, 'audio/mpeg', failing)).toMatchObject({ kind: 'failed' });
    expect(await readdir(folder)).toEqual(['medium']);
  });
});

describe('createConverter', () => {
  async function program(source: string): Promise<string> {
    const path = join(folder, 'program');
    await writeFile(path, `#!/bin/sh\n${source}\n`);
    await chmod(path, 0o755);
    return path;
  }

  it('hands over the output and tells success', async () => {
    const convert = createConverter(await program('printf "%s" "$1"'), new VirtualClock());
    const output: string[] = [];
    const result = await convert(['hello'], (chunk) => output.push(Buffer.from(chunk).toString()));
    expect([result, output.join('')]).toEqual([{ kind: 'done' }, 'hello']);
  });

  it('tells failure with the end of what was said, and that nothing is there', async () => {
    const convert = createConverter(
      await program('echo "no such codec" >&2; exit 1'),
      new VirtualClock(),
    );
    expect(await convert([])).toEqual({ kind: 'failed', reason: 'no such codec\n' });
    const absent = createConverter(join(folder, 'absent'), new VirtualClock());
    expect(await absent([])).toEqual({ kind: 'missing' });
  });

  it('ends what takes too long, and lets one run at a time', async () => {
    const clock = new VirtualClock();
    const convert = createConverter(await program('echo started; exec sleep 600'), clock);
    const order: string[] = [];
    let started = () => {};
    const running = new Promise<void>((resolve) => (started = resolve));
    const first = convert([], () => started()).then(() => order.push('first'));
    const second = convert([], () => void clock.advance(60_000)).then(() => order.push('second'));
    await running;
    await clock.advance(60_000);
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
    expect(clock.pending).toBe(0);
  });
});
