import { describe, expect, it } from 'vitest';
import { readCommandLine } from './command-line.ts';

describe('the command line', () => {
  it.each([
    ['', { kind: 'run' }],
    ['--help', { kind: 'help' }],
    ['backup -h', { kind: 'help' }],
    ['-v', { kind: 'version' }],
    ['--print-config', { kind: 'print-config' }],
    ['backup /b', { kind: 'backup', folder: '/b' }],
    ['restore /b', { kind: 'restore', folder: '/b', replace: false }],
    ['restore --replace /b', { kind: 'restore', folder: '/b', replace: true }],
    ['doctor', { kind: 'doctor', json: false }],
    ['doctor --json', { kind: 'doctor', json: true }],
  ])('understands "%s"', (text, asked) => {
    expect(readCommandLine(text.split(' ').filter(Boolean))).toEqual(asked);
  });

  it.each([
    ['dance', 'There is no command "dance"'],
    ['backup', 'backup takes one folder'],
    ['restore a b', 'restore takes one folder'],
    ['doctor now', 'doctor takes no argument'],
    ['backup /b --replace', '--replace belongs to the command restore'],
    ['--json', '--json belongs to the command doctor'],
    ['doctor --print-config', '--print-config stands alone'],
    ['--loud', 'loud'],
  ])('refuses "%s" and says why', (text, why) => {
    expect(readCommandLine(text.split(' '))).toEqual({
      kind: 'wrong',
      why: expect.stringContaining(why),
    });
  });
});
