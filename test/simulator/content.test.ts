import {
  decryptPollVote,
  downloadMediaMessage,
  getAggregateVotesInPollMessage,
  type proto,
  type WAMessage,
} from 'baileys';
import { describe, expect, it } from 'vitest';
import type { Content, ReceivedMessage } from '../../simulator/src/index.ts';
import { fetchMedia, mediaOf } from '../../simulator/src/index.ts';
import { textOf } from './support/client.ts';
import { withWorld } from './support/world.ts';

const bytes = Buffer.from('some bytes that stand for a file');

describe('what people send to a client', () => {
  const world = withWorld();

  async function start() {
    const shop = world.simulator.accounts.create({ name: 'Shop' });
    const ann = world.simulator.accounts.create({ name: 'Ann' });
    const { client } = await world.linked(shop);
    const receive = async (content: Content) => {
      const { id } = await ann.phone.send(shop.jid, content);
      const received = await client.message(({ key }) => key.id === id);
      return received.message;
    };
    return { shop, ann, client, receive };
  }

  it('may be any kind of file', async () => {
    const { client, receive } = await start();
    const media = { bytes };
    const kinds: readonly [Content, keyof proto.IMessage][] = [
      [{ type: 'image', media, caption: 'a picture' }, 'imageMessage'],
      [{ type: 'video', media, caption: 'a film' }, 'videoMessage'],
      [{ type: 'audio', media, voice: true, seconds: 3 }, 'audioMessage'],
      [{ type: 'document', media, fileName: 'list.pdf' }, 'documentMessage'],
      [{ type: 'sticker', media }, 'stickerMessage'],
    ];
    for (const [content, field] of kinds) {
      const message = await receive(content);
      expect(message?.[field], field).toBeTruthy();
      const received = client.messages.find((one) => one.message?.[field]);
      if (!received) throw new Error(`${field} is not there`);
      const downloaded = await downloadMediaMessage(received, 'buffer', world.fetchOptions());
      expect(downloaded.equals(bytes), field).toBe(true);
    }
    world.simulator.violations.assertNone();
  });

  it('may be a place, a contact, a preview, a mention or an answer', async () => {
    const { shop, ann, client, receive } = await start();
    const place = await receive({ type: 'location', latitude: 1.5, longitude: 2.5, name: 'Here' });
    expect(place?.locationMessage).toMatchObject({ degreesLatitude: 1.5, name: 'Here' });
    const card = await receive({
      type: 'contacts',
      contacts: [{ name: 'Ben', vcard: 'BEGIN:VCARD\nEND:VCARD' }],
    });
    expect(card?.contactMessage?.displayName).toBe('Ben');
    const linked = await receive({
      type: 'text',
      text: 'see https://example.com',
      preview: { url: 'https://example.com', title: 'An example' },
      mentions: [shop.jid],
      forwards: 1,
    });
    expect(linked?.extendedTextMessage).toMatchObject({
      title: 'An example',
      contextInfo: { mentionedJid: [shop.jid], isForwarded: true },
    });
    const asked = await client.socket.sendMessage(ann.jid, { text: 'which one?' });
    const id = asked?.key.id ?? '';
    const answer = await receive({
      type: 'text',
      text: 'the blue one',
      quoted: { id, author: shop.jid, content: { type: 'text', text: 'which one?' } },
    });
    expect(answer?.extendedTextMessage?.contextInfo).toMatchObject({ stanzaId: id });
    world.simulator.violations.assertNone();
  });

  it('may change or delete what was sent, and react to it', async () => {
    const { shop, ann, client } = await start();
    const { id } = await ann.phone.send(shop.jid, 'helo');
    await client.text('helo');
    const target = { chat: shop.jid, id, fromMe: true };
    await ann.phone.send(shop.jid, {
      type: 'edit',
      target,
      content: { type: 'text', text: 'hello' },
    });
    await client.event('messages.update', (all) =>
      all.some(({ update }) => update.message?.editedMessage?.message?.conversation === 'hello'),
    );
    await ann.phone.send(shop.jid, { type: 'delete', target });
    await client.event('messages.update', (all) =>
      all.some(({ key, update }) => key.id === id && update.message === null),
    );
    const sent = await client.socket.sendMessage(ann.jid, { text: 'do you like it?' });
    const own = { chat: shop.jid, id: sent?.key.id ?? '', fromMe: false };
    await ann.phone.send(shop.jid, { type: 'reaction', target: own, emoji: '❤️' });
    const [reacted] = await client.event('messages.reaction');
    expect(reacted).toMatchObject({ reaction: { text: '❤️' }, key: { id: own.id, fromMe: true } });
    world.simulator.violations.assertNone();
  });

  it('may be a choice among buttons and lists', async () => {
    const { receive } = await start();
    const button = await receive({ type: 'button-reply', id: 'yes', text: 'Yes' });
    expect(button?.buttonsResponseMessage).toMatchObject({ selectedButtonId: 'yes' });
    const row = await receive({ type: 'list-reply', id: 'row-2', title: 'Second' });
    expect(row?.listResponseMessage?.singleSelectReply?.selectedRowId).toBe('row-2');
    const flow = await receive({
      type: 'interactive-reply',
      name: 'quick_reply',
      params: '{"id":"go"}',
    });
    const response = flow?.interactiveResponseMessage?.nativeFlowResponseMessage;
    expect(response).toMatchObject({ name: 'quick_reply', paramsJson: '{"id":"go"}' });
    world.simulator.violations.assertNone();
  });

  it('may be a vote in a poll of the client', async () => {
    const { shop, ann, client } = await start();
    const poll = { name: 'Lunch?', values: ['Pizza', 'Soup'], selectableCount: 1 };
    const sent = await client.socket.sendMessage(ann.jid, { poll });
    const { content, id } = await ann.phone.waitForMessage();
    expect(content).toMatchObject({ type: 'poll', question: 'Lunch?', options: ['Pizza', 'Soup'] });
    await ann.phone.send(shop.jid, {
      type: 'poll-vote',
      poll: { chat: shop.jid, id, fromMe: false },
      choices: ['Soup'],
    });
    const voted = await client.message(({ message }) => Boolean(message?.pollUpdateMessage?.vote));
    const vote = decryptPollVote(voted.message?.pollUpdateMessage?.vote ?? {}, {
      pollCreatorJid: shop.jid,
      pollMsgId: id,
      pollEncKey: sent?.message?.messageContextInfo?.messageSecret ?? new Uint8Array(),
      voterJid: ann.jid,
    });
    const votes = getAggregateVotesInPollMessage({
      message: sent?.message ?? null,
      pollUpdates: [{ pollUpdateMessageKey: voted.key, vote, senderTimestampMs: 0 }],
    });
    expect(votes.find(({ voters }) => voters.length > 0)?.name).toBe('Soup');
    world.simulator.violations.assertNone();
  });

  it('may be a status for all who know them', async () => {
    const { shop, ann, client } = await start();
    await ann.phone.send(shop.jid, 'we know each other');
    await client.text('we know each other');
    await ann.phone.send('status@broadcast', 'what a day');
    const status = await client.text('what a day');
    expect(status.key).toMatchObject({ remoteJid: 'status@broadcast', participant: ann.jid });
    await client.socket.sendMessage(
      'status@broadcast',
      { text: 'open today' },
      { statusJidList: [ann.jid] },
    );
    const seen = await ann.phone.waitForMessage(({ chat }) => chat === 'status@broadcast');
    expect(seen).toMatchObject({ sender: shop.jid, text: 'open today' });
    world.simulator.violations.assertNone();
  });
});

describe('what a client sends to people', () => {
  const world = withWorld();

  it('is read by their phones', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    const { socket } = client;
    const send = async (content: Parameters<typeof socket.sendMessage>[1]) => {
      const sent = await socket.sendMessage(ann.jid, content);
      return ann.phone.waitForMessage(({ id }) => id === sent?.key.id);
    };
    const fileOf = (message: ReceivedMessage) => {
      const media = mediaOf(message.content);
      return media && Buffer.from(fetchMedia(media, world.simulator.media));
    };
    const voice = await send({ audio: bytes, ptt: true, mimetype: 'audio/ogg; codecs=opus' });
    expect(voice.content).toMatchObject({ type: 'audio', voice: true });
    expect(fileOf(voice)).toEqual(bytes);
    const document = await send({
      document: bytes,
      fileName: 'a.txt',
      mimetype: 'text/plain',
      caption: 'read this',
    });
    expect(document.content).toMatchObject({ type: 'document', caption: 'read this' });
    const sticker = await send({ sticker: bytes });
    expect(fileOf(sticker)).toEqual(bytes);
    const place = await send({ location: { degreesLatitude: 3, degreesLongitude: 4 } });
    expect(place.content).toMatchObject({ type: 'location', latitude: 3, longitude: 4 });
    const first = await send({ text: 'first', mentions: [ann.jid] });
    expect(first.content).toMatchObject({ mentions: [ann.jid] });
    const key = { remoteJid: ann.jid, id: first.id, fromMe: true };
    const reaction = await send({ react: { text: '👍', key } });
    expect(reaction.content).toMatchObject({ type: 'reaction', emoji: '👍' });
    const edit = await send({ edit: key, text: 'second' });
    expect(edit.content).toMatchObject({ type: 'edit', target: { id: first.id } });
    const deletion = await send({ delete: key });
    expect(deletion.content).toMatchObject({ type: 'delete', target: { id: first.id } });
    world.simulator.violations.assertNone();
  });
});

describe('files', () => {
  const world = withWorld();

  it('are uploaded again by the phone when the server has forgotten them', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    await ann.phone.send(shop.jid, { type: 'image', media: { bytes } });
    const received = await client.message(({ message }) => Boolean(message?.imageMessage));
    await shop.phone.waitForMessage();
    world.simulator.media.expire(received.message?.imageMessage?.directPath ?? '');
    const download = () => downloadMediaMessage(received, 'buffer', world.fetchOptions());
    await expect(download()).rejects.toThrow();
    // Tells the client which host to ask for the new path.
    await client.socket.refreshMediaConn();
    await client.socket.updateMediaMessage(received);
    expect((await download()).equals(bytes)).toBe(true);
    world.simulator.violations.assertNone();
  });

  it('that nobody has any more stay lost', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    shop.phone.habits.keepsMedia = false;
    await ann.phone.send(shop.jid, { type: 'image', media: { bytes } });
    const received = await client.message(({ message }) => Boolean(message?.imageMessage));
    await expect(client.socket.updateMediaMessage(received)).rejects.toThrow('re-upload');
    world.simulator.violations.assertNone();
  });
});

describe('two clients', () => {
  const world = withWorld();

  it('talk to each other, alone and in a group', async () => {
    const shop = world.simulator.accounts.create({ name: 'Shop' });
    const mill = world.simulator.accounts.create({ name: 'Mill' });
    const { client: one } = await world.linked(shop);
    const { client: two } = await world.linked(mill);
    await one.socket.sendMessage(mill.jid, { text: 'flour, please' });
    const asked = await two.text('flour, please');
    await two.socket.sendMessage(asked.key.remoteJid ?? '', { text: 'how much?' });
    expect((await one.text('how much?')).key.remoteJid).toBe(mill.jid);
    const { id } = await one.socket.groupCreate('Trade', [mill.jid]);
    await two.event('groups.upsert', (all) => all.some((group) => group.id === id));
    for (let turn = 0; turn < 3; turn++) {
      await one.socket.sendMessage(id, { text: `one says ${turn}` });
      expect((await two.text(`one says ${turn}`)).key.remoteJid).toBe(id);
      await two.socket.sendMessage(id, { text: `two says ${turn}` });
      await one.text(`two says ${turn}`);
    }
    const texts = shop.phone.records.received.map(({ text }) => text);
    expect(texts).toContain('two says 2');
    world.simulator.violations.assertNone();
  });
});

describe('history', () => {
  const world = withWorld();

  it('comes in chunks to a new device, and more of it on demand', async () => {
    const shop = world.simulator.accounts.create({ name: 'Shop' });
    const people = ['Ann', 'Ben'].map((name) => world.simulator.accounts.create({ name }));
    for (const person of people) {
      for (let index = 0; index < 8; index++) {
        await person.phone.send(shop.jid, `${person.name} ${index}`);
      }
    }
    await shop.phone.settled();
    Object.assign(shop.phone.habits, { historyPerChat: 6, historyChunk: 4 });
    const { client } = await world.linked(shop);
    const texts = () =>
      client.events
        .filter(({ name }) => name === 'messaging-history.set')
        .flatMap(({ payload }) => (payload as { messages: WAMessage[] }).messages)
        .map(textOf);
    await client.until('all of it', () => new Set(texts()).size === 12);
    await client.event('messaging-history.status', ({ status }) => status === 'complete');

    const oldest = shop.phone.records.received.find(({ text }) => text === 'Ben 2');
    client.forget();
    await client.socket.fetchMessageHistory(
      5,
      { remoteJid: people[1]?.jid ?? '', id: oldest?.id ?? '', fromMe: false },
      (oldest?.timestampS ?? 0) * 1000,
    );
    await client.until('two more', () => texts().length > 0);
    expect(texts()).toEqual(['Ben 1', 'Ben 0']);
    world.simulator.violations.assertNone();
  });
});

describe('stored history', () => {
  const world = withWorld();

  it('is fetched from the media server', async () => {
    const shop = world.simulator.accounts.create({ name: 'Shop' });
    const ann = world.simulator.accounts.create({ name: 'Ann' });
    await ann.phone.send(shop.jid, 'long ago');
    await shop.phone.settled();
    shop.phone.habits.historyAs = 'stored';
    const { client } = await world.linked(shop);
    const set = await client.event('messaging-history.set', ({ messages }) => messages.length > 0);
    expect(set.messages.map(textOf)).toEqual(['long ago']);
    world.simulator.violations.assertNone();
  });
});

describe('notes to oneself', () => {
  const world = withWorld();

  it('reach the own phone and the other devices', async () => {
    const shop = world.simulator.accounts.create({ name: 'Shop' });
    const { client: one } = await world.linked(shop);
    const { client: two } = await world.linked(shop);
    await one.socket.sendMessage(shop.jid, { text: 'buy milk' });
    expect((await two.text('buy milk')).key).toMatchObject({ fromMe: true, remoteJid: shop.jid });
    const note = await shop.phone.waitForMessage();
    expect(note).toMatchObject({ text: 'buy milk', fromMe: true, chat: shop.jid });
    world.simulator.violations.assertNone();
  });
});
