import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from './csv.ts';

describe('a table of recipients', () => {
  it.each([
    ['commas', 'to,name\n5511,Ana\n\n5512,"Bob, ""the"" builder"\n'],
    [
      'semicolons, as spreadsheets write them',
      '\uFEFFto;name\r\n5511;Ana\r\n5512;"Bob, ""the"" builder"\r\n',
    ],
    ['tabs, with the number last', 'name\tPhone\nAna\t5511\n"Bob, ""the"" builder"\t5512'],
  ])('is read with %s', (_name, text) => {
    const rows = readCsv(text, 9).map(({ to, variables }) => ({ to, ...variables }));
    expect(rows).toEqual([
      { to: '5511', name: 'Ana' },
      { to: '5512', name: 'Bob, "the" builder' },
    ]);
  });

  it('knows the line where each row begins', () => {
    const rows = readCsv('to,text\n\n1,"two\nlines"\n2,one\n', 9);
    expect(rows.map(({ line }) => line)).toEqual([3, 5]);
  });

  it.each([
    ['', 'Line 1: The table is empty'],
    ['name,order\nAna,1\n', 'Line 1: It must name a column "to"'],
    ['to,to\n1,2\n', 'Line 1: The column "to" is there twice.'],
    ['to,first name\n1,Ana\n', 'Line 1: "first name" names no variable'],
    ['to,name\n1,Ana\n2,Bob,3\n', 'Line 3: It has another number of columns'],
    ['to,name\n1,"Ana\n2,Bob\n', 'Line 3: The table ends inside a value'],
    ['to,name\n1,Ana "Annie" B\n', 'Line 2: A quotation mark stands'],
  ])('says what is wrong with %j', (text, message) => {
    expect(() => readCsv(text, 9)).toThrow(message);
  });

  it('is read one row beyond the limit, to tell that there are too many', () => {
    expect(readCsv('to\n1\n2\n3\n4\n5\n', 2)).toHaveLength(3);
  });

  it('has no value where a cell is empty or blank', () => {
    const rows = readCsv('to,name,order\n1,,7\n2,"  ",\n3,Ana,8\n', 9);
    expect(rows.map(({ variables }) => variables)).toEqual([
      { order: '7' },
      {},
      { name: 'Ana', order: '8' },
    ]);
  });

  it('gives back whatever was quoted, unless it is blank', () => {
    const value = fc.string({ maxLength: 20 }).map((text) => text.replace(/\r/g, ''));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (values) => {
        const lines = values.map((one) => `1,"${one.replaceAll('"', '""')}"`);
        const rows = readCsv(['to,text', ...lines].join('\n'), 9);
        const wanted = values.map((one) => (one.trim() === '' ? undefined : one));
        expect(rows.map(({ variables }) => variables['text'])).toEqual(wanted);
      }),
    );
  });
});
