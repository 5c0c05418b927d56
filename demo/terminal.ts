import { styleText } from 'node:util';

/** What stands at the left of a line: who speaks. */
export type Voice = 'demo' | 'gateway' | 'webhook' | 'phone' | 'you';

const COLOURS = {
  demo: 'cyan',
  gateway: 'yellow',
  webhook: 'magenta',
  phone: 'green',
  you: 'blue',
} as const;

/** Prints one message of one voice; further lines are indented under the first. */
export function say(voice: Voice, text: string): void {
  const name = styleText(COLOURS[voice], voice.padStart(8));
  const [first = '', ...rest] = text.split('\n');
  process.stdout.write(
    `${name}  ${first}\n${rest.map((line) => `${' '.repeat(10)}${line}\n`).join('')}`,
  );
}

/** A headline between two parts of the story. */
export function headline(text: string): void {
  process.stdout.write(`\n${styleText('bold', text)}\n`);
}
