import { parseArgs } from 'node:util';

/** What the command line asks for. */
export type Command =
  | { readonly do: 'help' }
  | { readonly do: 'version' }
  | { readonly do: 'refuse'; readonly why: string }
  | ({ readonly do: 'run' } & RunOptions);

export interface RunOptions {
  readonly port: number;
  readonly host: string;
  readonly seed: number;
  /** Numbers that are there to be linked to clients. */
  readonly accounts: number;
  /** People to talk to. */
  readonly contacts: number;
  /** Folder in which the world is kept; nothing is kept when null. */
  readonly stateDir: string | null;
  readonly tls: boolean;
  /** Where the certificate authority is written; in the folder for temporary files when null. */
  readonly caFile: string | null;
}

export const HELP = `WhatsApp in miniature: develop and test without a phone, a number or the risk of a ban.

Usage: whatsapp-simulator [options]

Options:
  --port <n>      where clients, the API and the page are (4000); 0 takes a free one
  --host <name>   address to listen on (127.0.0.1); 0.0.0.0 opens it to the network, without any key
  --seed <n>      numbers, keys and ids follow from it (1)
  --accounts <n>  numbers to link to clients, made at start (1)
  --contacts <n>  people to talk to, made at start (3)
  --state <dir>   keep the world in this folder, so that it survives a restart
  --tls           clients connect by wss:, the page is at https:
  --ca-file <f>   where the certificate authority of the media server is written
  --version       show the version
  --help          show this text

More accounts, groups, faults and everything else: on the page, or by HTTP (/docs/ on the same port).
`;

const MAX_PEOPLE = 5000;

/** Reads the arguments after the program's name. Pure. */
export function readCommand(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '4000' },
        host: { type: 'string', default: '127.0.0.1' },
        seed: { type: 'string', default: '1' },
        accounts: { type: 'string', default: '1' },
        contacts: { type: 'string', default: '3' },
        state: { type: 'string' },
        tls: { type: 'boolean', default: false },
        'ca-file': { type: 'string' },
        version: { type: 'boolean', short: 'v', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { do: 'help' };
    if (values.version) return { do: 'version' };
    return {
      do: 'run',
      port: wholeNumber('port', values.port, 65_535),
      host: values.host,
      seed: wholeNumber('seed', values.seed, 2 ** 32 - 1),
      accounts: wholeNumber('accounts', values.accounts, MAX_PEOPLE),
      contacts: wholeNumber('contacts', values.contacts, MAX_PEOPLE),
      stateDir: values.state ?? null,
      tls: values.tls,
      caFile: values['ca-file'] ?? null,
    };
  } catch (error) {
    return { do: 'refuse', why: error instanceof Error ? error.message : String(error) };
  }
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= max) return value;
  throw new RangeError(`--${name} takes a whole number from 0 to ${max}, not "${text}"`);
}
