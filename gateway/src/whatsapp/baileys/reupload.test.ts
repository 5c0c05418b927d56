import { createCipheriv, hkdfSync } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { type BinaryNode, proto } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import { NotConnected } from '../port.ts';
import type { OpenConnection } from './open-connection.ts';
import { node } from './question.ts';
import { askForUpload, readReupload } from './reupload.ts';

const mediaKey = Buffer.alloc(32, 7);
const { ResultType } = proto.MediaRetryNotification;

/** Seals as the phone does: AES-256-GCM under a key derived from the media key, bound to the message. */
function answer(content: proto.IMediaRetryNotification, id = 'M1', boundTo = id): BinaryNode {
  const key = hkdfSync('sha256', mediaKey, '', 'WhatsApp Media Retry Notification', 32);
  const iv = Buffer.alloc(12, 1);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key), iv).setAAD(Buffer.from(boundTo));
  const plain = proto.MediaRetryNotification.encode(content).finish();
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const encrypt = node('encrypt', {}, [node('enc_p', {}, sealed), node('enc_iv', {}, iv)]);
  return node('notification', { type: 'mediaretry', id }, [encrypt]);
}

const uploaded = { stanzaId: 'M1', result: ResultType.SUCCESS, directPath: '/v/again' };

describe('readReupload', () => {
  it.each([
    [uploaded, { kind: 'uploaded', directPath: '/v/again' }],
    [{ result: ResultType.NOT_FOUND }, { kind: 'refused', reason: 'not_found' }],
    [{ result: ResultType.GENERAL_ERROR }, { kind: 'refused', reason: 'failed' }],
    [{ result: ResultType.SUCCESS }, { kind: 'refused', reason: 'failed' }],
  ])('reads %o', (content, expected) => {
    expect(readReupload(answer(content), mediaKey)).toEqual(expected);
  });

  it('reads errors in the open', () => {
    const error = (code: string) =>
      node('notification', { type: 'mediaretry', id: 'M1' }, [node('error', { code })]);
    expect(readReupload(error('2'), mediaKey)).toEqual({ kind: 'refused', reason: 'not_found' });
    expect(readReupload(error('x'), mediaKey)).toEqual({ kind: 'refused', reason: 'failed' });
  });

  it('believes no answer that is about another message', () => {
    expect(readReupload(answer(uploaded, 'M1', 'M2'), mediaKey)).toMatchObject({ kind: 'refused' });
  });

  it('never throws', () => {
    const bytes = fc.uint8Array({ maxLength: 64 });
    const part = fc.tuple(fc.constantFrom('enc_p', 'enc_iv', 'other'), fc.option(bytes));
    fc.assert(
      fc.property(fc.array(part), fc.constantFrom('encrypt', 'error', 'rmr'), (parts, tag) => {
        const content = parts.map(([name, value]) => node(name, {}, value ?? undefined));
        const stanza = node('notification', { type: 'mediaretry', id: 'M1' }, [
          node(tag, {}, content),
        ]);
        expect(readReupload(stanza, mediaKey)).toMatchObject({ kind: 'refused' });
      }),
    );
  });
});

describe('askForUpload', () => {
  function line(sendNode: (stanza: BinaryNode) => Promise<void> = async () => {}) {
    const clock = new VirtualClock();
    const [ws, ev] = [new EventEmitter(), new EventEmitter()];
    const device = { auth: { creds: { me: { id: '15550001000:3@s.whatsapp.net' } } } };
    const sent: BinaryNode[] = [];
    const socket = {
      ws,
      ev,
      sendNode: async (stanza: BinaryNode) => {
        sent.push(stanza);
        await sendNode(stanza);
      },
    };
    const open = { socket, device, clock } as unknown as OpenConnection;
    const target = {
      messageId: 'M1',
      chatId: '120363@g.us',
      fromMe: false,
      participant: '15550002@s.whatsapp.net',
      participantAlt: '77@lid',
    };
    const work = askForUpload(open, { target, mediaKey }, 'lid');
    return { clock, ws, ev, sent, work };
  }

  it('names the message as its chat names people, and takes the answer to it', async () => {
    const { ws, ev, sent, work, clock } = line();
    expect(sent).toMatchObject([
      {
        tag: 'receipt',
        attrs: { id: 'M1', to: '15550001000@s.whatsapp.net', type: 'server-error' },
        content: [
          { tag: 'encrypt' },
          {
            tag: 'rmr',
            attrs: { jid: '120363@g.us', from_me: 'false', participant: '77@lid' },
          },
        ],
      },
    ]);
    ws.emit('CB:notification,id:M1', node('notification', { type: 'w:gp2', id: 'M1' }));
    ws.emit('CB:notification,id:M1', answer(uploaded));
    expect(await work).toEqual({ kind: 'uploaded', directPath: '/v/again' });
    expect([ws.eventNames(), ev.eventNames(), clock.pending]).toEqual([[], [], 0]);
  });

  it('gives up after ten minutes', async () => {
    const { clock, work } = line();
    await clock.advance(600_000);
    expect(await work).toEqual({ kind: 'unanswered' });
  });

  it('ends with the connection', async () => {
    const { ev, work } = line();
    ev.emit('connection.update', { isOnline: true });
    ev.emit('connection.update', { connection: 'close' });
    await expect(work).rejects.toBeInstanceOf(NotConnected);
    const unsent = line(async () => {
      throw new Error('Connection Closed');
    });
    await expect(unsent.work).rejects.toBeInstanceOf(NotConnected);
  });
});
