import { extname } from 'node:path';

/** Types of files that people send, by extension; what is not here goes as plain bytes. */
const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  html: 'text/html',
  ics: 'text/calendar',
  json: 'application/json',
  md: 'text/markdown',
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  pdf: 'application/pdf',
  ppt: 'application/vnd.ms-powerpoint',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  rtf: 'application/rtf',
  txt: 'text/plain',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  xml: 'application/xml',
  zip: 'application/zip',
};

/** Says nothing about a file. */
const ANY = 'application/octet-stream';

const EXTENSIONS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(TYPES).map(([extension, type]) => [type, extension])),
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'video/mp4': 'mp4',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
};

/**
 * The type a document goes under: what was stated or proven, unless that says nothing or only "zip",
 * which every office file is; then what the name says.
 */
export function documentType(mimetype: string, fileName: string | null): string {
  if (mimetype !== ANY && mimetype !== 'application/zip') return mimetype;
  const extension = extname(fileName ?? '')
    .slice(1)
    .toLowerCase();
  return (Object.hasOwn(TYPES, extension) ? TYPES[extension] : undefined) ?? mimetype;
}

/** The name that the recipient sees: without folders and control characters, never empty. */
export function documentName(fileName: string | null, mimetype: string): string {
  const bare = (fileName ?? '')
    .split(/[/\\]/)
    .at(-1)
    ?.replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim();
  if (bare) return bare;
  const extension = Object.hasOwn(EXTENSIONS, mimetype) ? EXTENSIONS[mimetype] : undefined;
  return extension === undefined ? 'file' : `file.${extension}`;
}
