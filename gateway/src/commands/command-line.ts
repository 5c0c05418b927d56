import { parseArgs } from 'node:util';

/** What the operator asks of the program. */
export type Asked =
  | { readonly kind: 'run' }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'print-config' }
  | { readonly kind: 'backup'; readonly folder: string }
  | { readonly kind: 'restore'; readonly folder: string; readonly replace: boolean }
  | { readonly kind: 'doctor'; readonly json: boolean }
  /** `why` is a sentence. */
  | { readonly kind: 'wrong'; readonly why: string };

export const HELP = `Usage: whatsapp-gateway [command] [option]

Without a command it runs the service. It is configured by environment variables only;
the commands read the same ones, DATA_DIR above all.

Commands:
  backup <folder>    write everything the service keeps into a new folder, also while it runs
  restore <folder>   put a backup into DATA_DIR; the service must be stopped
                       --replace   set aside what is in DATA_DIR
  doctor             check what the service needs, and say what to do
                       --json      as JSON, for programs; exit code 1 when something fails

Options:
  --print-config     show every environment variable, its value in force and what it does
  --version, -v      show the version
  --help, -h         show this text
`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  'print-config': { type: 'boolean' },
  replace: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** Which options belong to which command; those of the program itself stand alone. */
const OPTION_OF = { replace: 'restore', json: 'doctor' } as const;

/** Reads the arguments, without those of Node itself. */
export function readCommandLine(args: readonly string[]): Asked {
  const parsed = parse(args);
  if (typeof parsed === 'string') return wrong(parsed);
  const { values, positionals } = parsed;
  if (values.help) return { kind: 'help' };
  if (values.version) return { kind: 'version' };
  const [command, ...rest] = positionals;
  for (const [option, owner] of Object.entries(OPTION_OF)) {
    if (values[option as keyof typeof OPTION_OF] && command !== owner) {
      return wrong(`--${option} belongs to the command ${owner}`);
    }
  }
  if (values['print-config']) {
    return command === undefined ? { kind: 'print-config' } : wrong('--print-config stands alone');
  }
  return readCommand(command, rest, values);
}

function readCommand(
  command: string | undefined,
  rest: readonly string[],
  options: { readonly replace?: boolean; readonly json?: boolean },
): Asked {
  switch (command) {
    case undefined:
      return { kind: 'run' };
    case 'backup':
    case 'restore': {
      const [folder] = rest;
      if (!folder || rest.length > 1) return wrong(`${command} takes one folder`);
      return command === 'backup'
        ? { kind: 'backup', folder }
        : { kind: 'restore', folder, replace: options.replace ?? false };
    }
    case 'doctor':
      return rest.length > 0
        ? wrong('doctor takes no argument')
        : { kind: 'doctor', json: options.json ?? false };
    default:
      return wrong(`There is no command "${command}"`);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const wrong = (why: string): Asked => ({ kind: 'wrong', why: why.replace(/\.$/, '') });
