import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentTypes, messageBodies, sendBody } from '../catalogue/catalogue.ts';
import { bodyFromForm, formFileKind } from './form.ts';

const form = (fields: Record<string, string | string[]>, part: string | null = null) => ({
  fields: new Map(Object.entries(fields).map(([name, value]) => [name, [value].flat()])),
  file: part === null ? null : { name: part, mediaId: 'M', mimetype: null, fileName: 'a.jpg' },
});

describe('a form', () => {
  it('is the flat body of a type, its texts read as the fields want them', () => {
    const fields = { to: '5511', caption: '123', viewOnce: 'true', ephemeral: '86400' };
    expect(bodyFromForm('image', form(fields, 'file'))).toEqual({
      to: '5511',
      mediaId: 'M',
      fileName: 'a.jpg',
      caption: '123',
      viewOnce: true,
      ephemeral: 86_400,
    });
  });

  it('is a body of send whose content is named by the part of the file', () => {
    const fields = { to: '5511', caption: 'Hi', mentions: 'all', clientRef: '7' };
    expect(bodyFromForm(null, form(fields, 'image'))).toEqual({
      to: '5511',
      image: { mediaId: 'M', fileName: 'a.jpg', caption: 'Hi' },
      mentions: ['all'],
      clientRef: '7',
    });
  });

  it('may have no file, and content as JSON', () => {
    const fields = { to: '5511', location: '{"latitude":1,"longitude":2}' };
    expect(bodyFromForm(null, form(fields))).toEqual({
      to: '5511',
      location: { latitude: 1, longitude: 2 },
    });
    expect(bodyFromForm('text', form({ to: '5511', text: '42', mentions: ['a', 'b'] }))).toEqual({
      to: '5511',
      text: '42',
      mentions: ['a', 'b'],
    });
  });

  it('leaves what it does not understand for the catalogue to refuse', () => {
    const wrong = bodyFromForm(
      'image',
      form({ to: '5511', caption: ['a', 'b'], viewOnce: 'maybe' }),
    );
    expect(wrong).toEqual({ to: '5511', caption: ['a', 'b'], viewOnce: 'maybe' });
    expect(messageBodies.get('image')?.safeParse(wrong).success).toBe(false);
    expect(bodyFromForm('image', form({ constructor: 'x' }))).toEqual({ constructor: 'x' });
  });

  it('says what a file is sent as', () => {
    expect(formFileKind('ptv', 'file')).toBe('video');
    expect(formFileKind(null, 'view-once')).toBe('image');
    expect(formFileKind(null, 'file')).toBeNull();
    expect(formFileKind('text', 'file')).toBeNull();
    expect(formFileKind('image', 'picture')).toBeNull();
  });

  it('gives every text back as it came where a text is wanted', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 50 }), (caption) => {
        const body = bodyFromForm('image', form({ to: '1', caption }, 'file'));
        expect(body['caption']).toBe(caption);
      }),
    );
  });

  it('never fails, whatever it holds', () => {
    const names = fc.constantFrom(...Object.keys(sendBody.shape), 'x', '__proto__');
    const fields = fc.dictionary(names, fc.array(fc.string(), { minLength: 1, maxLength: 3 }));
    const types = fc.constantFrom(null, ...contentTypes.map(({ name }) => name));
    fc.assert(
      fc.property(types, fields, (type, given) => {
        expect(bodyFromForm(type, form(given))).toBeTypeOf('object');
      }),
    );
  });
});
