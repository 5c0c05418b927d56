import { describe, expect, it } from 'vitest';
import { documentName, documentType } from './document.ts';

describe('documents', () => {
  it.each([
    ['application/octet-stream', 'Report.PDF', 'application/pdf'],
    [
      'application/zip',
      'a.docx',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    ['application/zip', 'a.bin', 'application/zip'],
    ['application/octet-stream', 'constructor', 'application/octet-stream'],
    ['application/octet-stream', null, 'application/octet-stream'],
    ['text/plain', 'a.pdf', 'text/plain'],
  ])('of type %s named %j go as %s', (mimetype, name, expected) => {
    expect(documentType(mimetype, name)).toBe(expected);
  });

  it.each([
    ['Q1 Report.pdf', 'Q1 Report.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\a.txt', 'a.txt'],
    ['invoice\u202efdp.exe\u0000', 'invoicefdp.exe'],
    [' \n', 'file.pdf'],
    [null, 'file.pdf'],
  ])('named %j are shown as %j', (name, expected) => {
    expect(documentName(name, 'application/pdf')).toBe(expected);
  });

  it('of no known type have a name all the same', () => {
    expect(documentName(null, 'application/x-unheard-of')).toBe('file');
  });
});
