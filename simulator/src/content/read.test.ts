import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { proto } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { textOf } from './content.ts';
import { openMessage, secretOf, wrapDeviceSent, wrapEphemeral, wrapViewOnce } from './envelope.ts';
import { read } from './read.ts';

describe('reading', () => {
  it('is total: any protobuf that can be decoded gives a content', () => {
    const generate = messageGenerator();
    const known = new Set<string>();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const made = generate(seed);
        const decoded = proto.Message.decode(proto.Message.encode(made).finish());
        for (const message of [made, decoded, wrapDeviceSent(decoded, 'x@lid')]) {
          const content = read(message, { authors: ['1@lid'], parentOf: anyParent });
          known.add(content.type);
          expect(typeof textOf(content)).toBe('string');
          expect(openMessage(message).message).toBeDefined();
        }
        secretOf(decoded);
      }),
      { numRuns: 1_000 },
    );
    expect(known.size).toBeGreaterThan(20);
  });

  it('takes off every wrapper, in any order', () => {
    const message = { imageMessage: { caption: 'inside' } };
    const layers = [
      wrapEphemeral,
      wrapViewOnce,
      (inner: proto.IMessage) => wrapDeviceSent(inner, '15550002@s.whatsapp.net'),
      (inner: proto.IMessage) => ({ documentWithCaptionMessage: { message: inner } }),
      (inner: proto.IMessage) => ({ editedMessage: { message: inner } }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(layers), (chosen) => {
        const wrapped = chosen.reduce<proto.IMessage>((inner, wrap) => wrap(inner), message);
        const content = read(wrapped);
        const viewOnce = chosen.includes(wrapViewOnce);
        expect(content).toEqual({
          type: 'image',
          media: null,
          caption: 'inside',
          ...(viewOnce ? { viewOnce } : {}),
        });
        const toOther = chosen.some((wrap) => wrap === layers[2]);
        expect(openMessage(wrapped).sentTo).toBe(toOther ? '15550002@s.whatsapp.net' : null);
      }),
    );
  });

  it('does not dig for ever', () => {
    let message: proto.IMessage = { conversation: 'deep' };
    for (let layer = 0; layer < 50; layer++) message = wrapEphemeral(message);
    expect(read(message)).toEqual({ type: 'unsupported', name: 'ephemeralMessage' });
    const { MESSAGE_EDIT } = proto.Message.ProtocolMessage.Type;
    let edit: proto.IMessage = { conversation: 'deep' };
    for (let layer = 0; layer < 50; layer++) {
      edit = { protocolMessage: { type: MESSAGE_EDIT, key: {}, editedMessage: edit } };
    }
    expect(JSON.stringify(read(edit))).toContain('nested too deeply');
  });

  it('finds the secret inside and outside of a device-sent copy', () => {
    const secret = Buffer.alloc(32, 7);
    const poll = {
      pollCreationMessage: { name: '?' },
      messageContextInfo: { messageSecret: secret },
    };
    const copy = wrapDeviceSent(poll, 'x@lid');
    expect(secretOf(copy)).toEqual(secret);
    const { deviceSentMessage } = copy;
    const bare = { pollCreationMessage: poll.pollCreationMessage };
    const outside = { ...copy, deviceSentMessage: { ...deviceSentMessage, message: bare } };
    expect(secretOf(outside)).toEqual(secret);
  });

  it('tells nothing from unsupported', () => {
    expect(read({ senderKeyDistributionMessage: { groupId: 'g' } })).toEqual({ type: 'nothing' });
    expect(read({ productMessage: {} })).toEqual({ type: 'unsupported', name: 'productMessage' });
    const limit = proto.Message.ProtocolMessage.Type.LIMIT_SHARING;
    expect(read({ protocolMessage: { type: limit } })).toEqual({
      type: 'unsupported',
      name: 'protocolMessage.LIMIT_SHARING',
    });
  });
});

const anyParent = () => ({ secret: Buffer.alloc(32), authors: ['2@lid'], options: ['yes'] });

interface Field {
  readonly name: string;
  readonly type: string;
  readonly repeated: boolean;
}

/** Makes random messages of the schema that comes with Baileys: few fields, four levels deep. */
function messageGenerator(): (seed: number) => proto.IMessage {
  const path = createRequire(import.meta.url).resolve('baileys/WAProto/WAProto.proto');
  const messages = parseSchema(readFileSync(path, 'utf8'));
  return (seed) => {
    const random = seededRandom(seed);
    const pick = <T>(list: readonly T[]) => list[Math.floor(random.next() * list.length)];
    const text = () =>
      random
        .next()
        .toString(36)
        .slice(2, 2 + Math.floor(random.next() * 8));

    const value = (type: string, scope: string, depth: number): unknown => {
      if (type === 'string') return text();
      if (type === 'bytes') return Buffer.from(random.bytes(Math.floor(random.next() * 20)));
      if (type === 'bool') return random.next() < 0.5;
      if (/^(double|float)$/.test(type)) return random.next() * 100;
      if (/^(u?int|s?fixed)/.test(type)) return Math.floor(random.next() * 40);
      const name = resolveName(messages, type, scope);
      if (name === null) return Math.floor(random.next() * 30);
      return build(name, depth + 1);
    };
    const build = (name: string, depth: number): Record<string, unknown> => {
      const fields = messages.get(name) ?? [];
      const made: Record<string, unknown> = {};
      const count = depth > 4 ? 0 : depth === 0 ? 1 + Math.floor(random.next() * 2) : 5;
      for (let index = 0; index < count; index++) {
        const field = pick(fields);
        if (!field) break;
        const one = () => value(field.type, name, depth);
        made[field.name] = field.repeated ? [one(), one()] : one();
      }
      return made;
    };
    return build('Message', 0);
  };
}

/** Fields of every message by its dotted name; enums are left out, so that they count as numbers. */
function parseSchema(source: string): Map<string, Field[]> {
  const messages = new Map<string, Field[]>();
  const scope: { readonly kind: string; readonly name: string }[] = [];
  const nameOf = () =>
    scope.flatMap(({ kind, name }) => (kind === 'message' ? [name] : [])).join('.');
  for (const line of source.split('\n').map((text) => text.trim())) {
    const opening = /^(message|enum|oneof) (\w+) \{/.exec(line);
    const field = /^(?:(optional|required|repeated) )?([\w.]+) (\w+) = \d+/.exec(line);
    if (opening) {
      scope.push({ kind: opening[1] ?? '', name: opening[2] ?? '' });
      if (opening[1] === 'message') messages.set(nameOf(), []);
      if (line.endsWith('}')) scope.pop();
    } else if (line.startsWith('}')) scope.pop();
    else if (field && scope.at(-1)?.kind !== 'enum') {
      const [, label, type = '', name = ''] = field;
      messages.get(nameOf())?.push({ name, type, repeated: label === 'repeated' });
    }
  }
  return messages;
}

function resolveName(messages: Map<string, Field[]>, type: string, scope: string): string | null {
  const parts = scope.split('.');
  for (let length = parts.length; length >= 0; length--) {
    const name = [...parts.slice(0, length), type].join('.');
    if (messages.has(name)) return name;
  }
  return null;
}
