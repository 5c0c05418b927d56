import { describe, expect, it } from 'vitest';
import { basicExamples } from '../../messages/normalise/examples-basic.ts';
import { interactiveExamples } from '../../messages/normalise/examples-interactive.ts';
import { normalise } from '../../messages/normalise/normalise.ts';
import { own, wireMessage } from '../../messages/normalise/wire-fixture.ts';
import { catalogue, describeCatalogue, namesSomething } from './catalogue.ts';
import { message } from './message-shapes.ts';

const PROMISED = [
  'message.received',
  'message.sent',
  'message.failed',
  'message.delivered',
  'message.read',
  'poll.vote',
  'session.connected',
  'session.disconnected',
  'session.qr',
  'session.failed',
];

describe('the catalogue', () => {
  it('has the ten promised names and no name twice', () => {
    const names = catalogue.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(PROMISED));
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(catalogue)(
    '$name has an example that is valid and survives JSON',
    ({ data, example }) => {
      expect(data.parse(example)).toEqual(example);
      expect(JSON.parse(JSON.stringify(example))).toEqual(example);
    },
  );

  it('describes itself with schemas and bodies', () => {
    for (const entry of describeCatalogue()) {
      expect(entry.schema).toMatchObject({ type: 'object', properties: expect.any(Object) });
      expect(entry.example).toMatchObject({ event: entry.event, data: expect.any(Object) });
    }
  });

  it('knows which patterns stand for something', () => {
    for (const pattern of ['*', 'message.*', 'poll.vote'])
      expect(namesSomething(pattern)).toBe(true);
    for (const pattern of ['', 'message', 'nothing.*', 'messages.upsert']) {
      expect(namesSomething(pattern)).toBe(false);
    }
  });

  it.each([...basicExamples, ...interactiveExamples])(
    'describes the payload that $title really has',
    ({ content }) => {
      const meaning = normalise(wireMessage(content), own);
      expect(message.parse('payload' in meaning && meaning.payload)).toMatchObject({
        fromMe: false,
      });
    },
  );
});
