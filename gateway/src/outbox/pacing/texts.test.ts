import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainPolicy } from './explain.ts';
import { presetPolicy } from './policy.ts';
import { canSpin, spin, textKey } from './texts.ts';

describe('spinning', () => {
  it('chooses one alternative of each group, inner groups first', () => {
    expect(spin('{Hi|Hello} {there|{dear|good} friend}!', () => 0)).toBe('Hi there!');
    expect(spin('{Hi|Hello} {there|{dear|good} friend}!', () => 0.99)).toBe('Hello good friend!');
    expect(spin('{|Dear }Anna', () => 0)).toBe('Anna');
  });

  it('leaves braces without a choice alone', () => {
    for (const text of ['{name}', 'a | b', '{a|b', '{}', '{ "json": 1 }']) {
      expect(spin(text, () => 0)).toBe(text);
      expect(canSpin(text)).toBe(false);
    }
  });

  it('ends for every text and leaves none of the choices it was given', () => {
    const pieces = fc.array(fc.constantFrom('{', '}', '|', 'a', ' '), { maxLength: 60 });
    fc.assert(
      fc.property(pieces, (parts) => {
        expect(canSpin(spin(parts.join(''), () => 0.5))).toBe(false);
      }),
    );
  });
});

describe('the key of a text', () => {
  it('sees through case, space and numbers', () => {
    expect(textKey('Your order 123 has been  SENT')).toBe(textKey('your order 77 has been sent\n'));
    expect(textKey('Your order has been sent')).not.toBe(textKey('Your order has been lost'));
  });

  it('does not judge what everybody says', () => {
    expect(textKey('Thank you!')).toBeNull();
  });
});

describe('the explanation of a policy', () => {
  it('says in plain words what will happen', () => {
    expect(explainPolicy(presetPolicy('strict', 'Asia/Kolkata'))).toEqual([
      'Between two messages there is a pause of 3 seconds to 8 seconds.',
      'All messages: at most 10 a minute, 200 an hour, 1000 in 24 hours.',
      'Whoever wrote to this number within 3 days is answered first.',
      'Answers: at most 8 a minute, 180 an hour, 900 in 24 hours.',
      'Before the first message to somebody new there is a pause of 45 seconds to 2 minutes.',
      'First messages to new people: at most 1 a minute, 12 an hour, 50 in 24 hours.',
      'A newly linked number starts with 5 new people a day and reaches 50 after 13 days (5, 5, 8, 10, 13, 15, 18, 20, 25, 30, 35, 40, 45).',
      'After 7 days without a message it starts again from day 3.',
      '"typing" or "recording" is shown before each message, for 1 second to 12 seconds by its length.',
      'From 21:00 to 08:00 (Asia/Kolkata) only answers are sent, no bulk or first messages.',
      'The same text goes to at most 5 people in 3 hours who did not just write; further ones wait. A text with {a|b} and "spin" is varied.',
      'After a reconnect the first message waits 3 seconds to 10 seconds, and pauses are 3 times as long for 5 minutes.',
      'What is over a limit waits in the queue; nothing is dropped.',
      'This lowers the risk of a ban and cannot rule it out.',
    ]);
    expect(explainPolicy(presetPolicy('off', 'UTC'))).toHaveLength(2);
  });
});
