import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { sniff } from './sniff.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const picture = sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } });

describe('sniff', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const)(
    'knows a real %s',
    async (format) => {
      expect(sniff(await picture.clone().toFormat(format).toBuffer())).toBe(`image/${format}`);
    },
  );

  it.each([
    ['\x00\x00\x00\x20ftypisom....', 'video/mp4'],
    ['\x00\x00\x00\x20ftypM4A ....', 'audio/mp4'],
    ['\x00\x00\x00\x14ftypqt  ....', 'video/quicktime'],
    ['\x00\x00\x00\x20ftyp3gp5....', 'video/3gpp'],
    ['\x00\x00\x00\x20ftypheic....', 'image/heic'],
    ['\x1aE\xdf\xa3\x01', 'video/webm'],
    ['OggS\x00\x02', 'audio/ogg'],
    ['ID3\x04\x00', 'audio/mpeg'],
    ['\xff\xfb\x90\x44', 'audio/mpeg'],
    ['\xff\xf1\x50\x80', 'audio/aac'],
    ['RIFF\x24\x00\x00\x00WAVEfmt ', 'audio/wav'],
    ['fLaC\x00', 'audio/flac'],
    ['#!AMR\n', 'audio/amr'],
    ['%PDF-1.7', 'application/pdf'],
    ['PK\x03\x04\x14', 'application/zip'],
    ['<!DOCTYPE html><html>', 'text/html'],
    ['\xef\xbb\xbf \n<HTML lang="en">', 'text/html'],
    ['<!-- generated --><html>', 'text/html'],
    ['<svg xmlns="http://www.w3.org/2000/svg">', 'image/svg+xml'],
    ['<?xml version="1.0"?><!DOCTYPE svg><svg>', 'image/svg+xml'],
    ['<?xml version="1.0"?><note/>', 'application/xml'],
    ['plain text', null],
    ['', null],
    ['\xff\xff\xff\xff', null],
  ])('tells %j', (head, type) => {
    expect(sniff(bytes(head))).toBe(type);
  });

  it('answers for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (head) => {
        expect([null, 'string']).toContain(sniff(head) === null ? null : typeof sniff(head));
      }),
    );
  });
});
