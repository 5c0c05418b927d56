import { CsvError, parse } from 'csv-parse/sync';
import { Problem } from '../kernel/errors.ts';
import { VARIABLE_NAME } from '../messages/templates/template.ts';

/** A line of a table: whom it is about and its variables. */
export interface CsvRow {
  /** Where it begins in the text, the header being line 1. */
  readonly line: number;
  readonly to: string;
  /** By column; a cell that is empty or blank is no value. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The column that names the recipient; every other one is a variable. */
const RECIPIENT_COLUMNS = ['to', 'phone'];

/** Spreadsheets separate by what their country's numbers leave free. */
const DELIMITERS = [',', ';', '\t'] as const;

/**
 * Reads a table with a header row, as spreadsheets export it: separated by comma, semicolon or tab, quoted
 * where needed, with or without a byte order mark. Empty lines are passed over; at most `limit` rows are
 * read and one more, to tell that there are too many. Throws `invalid_csv` that names the line.
 */
export function readCsv(text: string, limit: number): CsvRow[] {
  const records = parsed(text, limit);
  const [header, ...rows] = records;
  if (!header) throw invalid(1, 'The table is empty: its first line must name the columns.');
  const names = header.record.map((name) => name.trim());
  const at = recipientColumn(names);
  return rows.map(({ record, line }) => ({
    line,
    to: record[at]?.trim() ?? '',
    variables: Object.fromEntries(
      names.flatMap((name, column) => {
        const value = record[column] ?? '';
        return column === at || value.trim() === '' ? [] : [[name, value]];
      }),
    ),
  }));
}

interface Parsed {
  readonly record: readonly string[];
  readonly line: number;
}

function parsed(text: string, limit: number): Parsed[] {
  try {
    const records = parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      skip_empty_lines: true,
      info: true,
      // The header, the rows, and one too many.
      to: limit + 2,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    // The parser counts to where a record ends.
    return records.map(({ record, info }) => ({
      record,
      line: info.lines - (record.join('').split('\n').length - 1),
    }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw invalid(Number(error['lines'] ?? 1), explain(error));
  }
}

function explain(error: CsvError): string {
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
    case 'CSV_RECORD_INCONSISTENT_COLUMNS':
      return 'It has another number of columns than the first line.';
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'The table ends inside a value: a quotation mark was opened and never closed.';
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return 'A quotation mark stands in the middle of a value: quote the whole value, and double the marks inside it.';
    default:
      return 'It cannot be read.';
  }
}

/** Whichever separates most in the header. */
function delimiterOf(text: string): string {
  const header =
    text
      .slice(0, 4_096)
      .split(/\r?\n/)
      .find((line) => line.trim() !== '') ?? '';
  const count = (delimiter: string) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, next) => (count(next) > count(best) ? next : best));
}

function recipientColumn(names: readonly string[]): number {
  names.forEach((name, column) => {
    if (names.indexOf(name) !== column) {
      throw invalid(1, `The column "${name}" is there twice.`);
    }
    if (!VARIABLE_NAME.test(name)) {
      const shown = name.slice(0, 40);
      throw invalid(1, `"${shown}" names no variable: use up to 32 letters, digits or "_".`);
    }
  });
  for (const wanted of RECIPIENT_COLUMNS) {
    const at = names.findIndex((name) => name.toLowerCase() === wanted);
    if (at !== -1) return at;
  }
  throw invalid(1, `It must name a column "to" with the numbers; it names ${names.join(', ')}.`);
}

function invalid(line: number, reason: string): Problem {
  return new Problem('invalid_csv', `Line ${line}: ${reason}`, [
    { field: '/csv', message: `Line ${line}: ${reason}` },
  ]);
}
