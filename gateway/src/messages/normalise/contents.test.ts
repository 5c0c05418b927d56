import { describe, expect, it } from 'vitest';
import { basicExamples } from './examples-basic.ts';
import { interactiveExamples } from './examples-interactive.ts';
import { normalise } from './normalise.ts';
import { own, wireMessage } from './wire-fixture.ts';

describe('every kind of content', () => {
  it.each([...basicExamples, ...interactiveExamples])('reads $title', ({ content, shows }) => {
    expect(normalise(wireMessage(content), own)).toMatchObject({ kind: 'message', payload: shows });
  });

  it.each([
    [{ hologramMessage: { depth: 3 } }, 'hologramMessage'],
    [{ imageMessage: 'not an object' }, 'imageMessage'],
    [{ constructor: { text: 'x' } }, 'constructor'],
  ])('calls %j unsupported by its name', (content, rawType) => {
    expect(normalise(wireMessage(content), own)).toMatchObject({
      kind: 'message',
      payload: { type: 'unsupported', text: '', rawType },
    });
  });
});
