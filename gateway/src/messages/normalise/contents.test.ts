import { describe, expect, it } from 'vitest';
import { basicExamples } from './examples-basic.ts';
import { interactiveExamples } from './examples-interactive.ts';
import { normalise } from './normalise.ts';
import { own, wireMessage } from './wire-fixture.ts';

describe('every kind of content', () => {
  it.each([...basicExamples, ...interactiveExamples])('reads $title', ({ content, shows }) => {
    expect(normalise(wireMessage(content), own)).toMatchObject({ kind: 'message', payload: shows });
  });
});
