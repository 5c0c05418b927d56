import { readFile } from 'node:fs/promises';
import { downloadMediaMessage } from 'baileys';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { withPage } from './support/page.ts';
import { voiceNote } from './support/voice-note.ts';

/** Baileys' number for blue ticks. */
const READ = 4;

describe('the phone', () => {
  const world = withPage();
  const people = () => {
    const { accounts } = world.simulator;
    const shop = accounts.create({ name: 'The shop' });
    const john = accounts.create({ name: 'John Doe' });
    return { shop, john };
  };

  it('links a client that was picked, and shows ticks and typing', async () => {
    const { shop, john } = people();
    const page = await world.open();
    await page.getByText('Connect your gateway').waitFor();

    const client = world.client().start();
    const qr = await client.qr();
    await page.getByRole('button', { name: 'Shows a QR code' }).waitFor();
    await fetch(`${world.simulator.controlUrl}/api/pairing/qr`, { method: 'POST', body: qr });
    await page.getByRole('button', { name: 'Scan its QR code' }).click();
    const dialog = page.getByRole('dialog', { name: 'Link a client' });
    await dialog.getByLabel('With the phone of').selectOption(shop.number);
    await dialog.getByRole('button', { name: 'Link' }).click();
    await client.open();
    await page.getByRole('img', { name: 'its client is online' }).waitFor();

    await page.getByRole('navigation').getByRole('button', { name: 'John Doe' }).click();
    await page.getByRole('button', { name: 'New chat' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'The shop' }).click();
    await client.stop();
    await page.getByLabel('Message to The shop').fill('Are you open?');
    await page.keyboard.press('Enter');
    const bubble = page.getByRole('article', { name: 'You, ' });
    // The phone of the shop got it; its client is away.
    await bubble.getByRole('img', { name: 'Delivered' }).waitFor();
    client.start();
    const received = await client.text('Are you open?');
    await client.socket.readMessages([received.key]);
    await bubble.getByRole('img', { name: 'Read' }).waitFor();

    await client.socket.sendPresenceUpdate('composing', john.jid);
    await page.getByText('typing…').first().waitFor();
    const sent = await client.socket.sendMessage(john.jid, { text: 'Until six.' });
    await page.getByRole('article', { name: 'The shop, ' }).getByText('Until six.').waitFor();
    await page.getByText('typing…').first().waitFor({ state: 'detached' });
    // Whoever looks at a chat has read it.
    await client.event('messages.update', (updates) =>
      updates.some(({ key, update }) => key.id === sent?.key.id && Number(update.status) === READ),
    );
    expect(world.simulator.violations.list()).toEqual([]);
  });

  it('shows one tick while the other phone has no network', async () => {
    const { shop, john } = people();
    shop.phone.habits.deliveryReceipts = false;
    await john.phone.send(shop.jid, 'Hello?');
    const page = await world.open();
    await page.goto(`${world.simulator.controlUrl}/#/${john.number}/${shop.jid}`);
    const ticks = page.getByRole('article').getByRole('img');
    await ticks.waitFor();
    expect(await ticks.getAttribute('aria-label')).toBe('Sent');
  });

  it('switches a fault on for a client, and off again', async () => {
    const { shop, john } = people();
    const { client } = await world.linked(shop);
    const page = await world.open();
    await page.getByRole('button', { name: 'Faults' }).click();
    const faults = page.getByRole('dialog', { name: 'Faults' });
    await faults.getByText('Nack', { exact: true }).click();
    await faults.getByLabel('code').fill('463');
    await faults.getByLabel('Whom').selectOption('The shop');
    await faults.getByRole('button', { name: 'Switch on' }).click();
    await faults.getByText('struck 0 times').waitFor();
    await client.socket.sendMessage(john.jid, { text: 'Buy now!' });
    const refused = await world.simulator.ledger.waitFor({ event: 'refused' });
    expect(refused.detail).toBe('463');
    await faults.getByText('struck once').waitFor();
    await faults.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Faults, 1 switched on' }).click();
    await faults.getByRole('button', { name: 'Switch all off' }).click();
    await faults.getByText('Everything works.').waitFor();
    expect(world.simulator.faults.list()).toEqual([]);
    expect(john.phone.inbox).toEqual([]);
  });

  it('sends pictures and voice notes that a client can open', async () => {
    const { shop, john } = people();
    const { client } = await world.linked(shop);
    await john.phone.send(shop.jid, 'Look:');
    const page = await world.open();
    await page.goto(`${world.simulator.controlUrl}/#/${john.number}/${shop.jid}`);
    const picture = await sharp({
      create: { width: 64, height: 48, channels: 3, background: '#2b6cb0' },
    })
      .png()
      .toBuffer();

    const attach = async (
      what: string,
      file: { name: string; mimeType: string; buffer: Buffer },
    ) => {
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Attach' }).click();
      await page.getByRole('menuitem', { name: what }).click();
      await (await chooser).setFiles(file);
      return page.getByRole('dialog');
    };
    const first = await attach('Photo or video', {
      name: 'blue.png',
      mimeType: 'image/png',
      buffer: picture,
    });
    await first.getByLabel('Caption').fill('The blue one');
    await first.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('img', { name: 'The blue one' }).waitFor();
    const image = await client.message(({ message }) => Boolean(message?.imageMessage));
    expect(image.message?.imageMessage).toMatchObject({
      caption: 'The blue one',
      mimetype: 'image/png',
      width: 64,
      height: 48,
    });
    const opened = await downloadMediaMessage(image, 'buffer', world.fetchOptions());
    expect(opened.equals(picture)).toBe(true);

    const second = await attach('Voice note', {
      name: 'note.wav',
      mimeType: 'audio/wav',
      buffer: voiceNote(2),
    });
    await second.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('button', { name: 'Play the voice note' }).waitFor();
    const voice = await client.message(({ message }) => Boolean(message?.audioMessage));
    expect(voice.message?.audioMessage).toMatchObject({ ptt: true, seconds: 2 });
    expect(voice.message?.audioMessage?.waveform).toHaveLength(64);
  });

  it('creates a group in which a client talks', async () => {
    const { shop, john } = people();
    world.simulator.accounts.create({ name: 'Ana Souza' });
    const { client } = await world.linked(shop);
    const page = await world.open();
    await page.goto(`${world.simulator.controlUrl}/#/${john.number}`);
    await page.getByRole('button', { name: 'New group' }).click();
    const dialog = page.getByRole('dialog', { name: 'New group' });
    await dialog.getByLabel('Subject').fill('Weekend');
    await dialog.getByRole('button', { name: 'The shop' }).click();
    await dialog.getByRole('button', { name: 'Ana Souza' }).click();
    await dialog.getByRole('button', { name: 'Create group' }).click();
    await page.getByLabel('Message to Weekend').fill('Who comes?');
    await page.keyboard.press('Enter');
    const received = await client.text('Who comes?');
    const jid = received.key.remoteJid ?? '';
    expect(jid).toMatch(/@g\.us$/);
    await client.socket.sendMessage(jid, { text: 'We do' });
    await page.getByRole('article', { name: 'The shop, ' }).getByText('We do').waitFor();

    await page.getByRole('heading', { name: 'Weekend' }).getByRole('button').click();
    const group = page.getByRole('dialog', { name: 'Weekend' });
    await group.getByRole('button', { name: 'Remove Ana Souza' }).click();
    await group.getByText('2 members').waitFor();
  });

  it('answers, reacts, edits, deletes and votes', async () => {
    const { shop, john } = people();
    const { client } = await world.linked(shop);
    await client.socket.sendMessage(john.jid, { text: 'Tea or coffee?' });
    await john.phone.waitForMessage(({ text }) => text === 'Tea or coffee?');
    const page = await world.open();
    await page.goto(`${world.simulator.controlUrl}/#/${john.number}/${shop.jid}`);
    const menu = async (label: string, item: string) => {
      await page.getByRole('article', { name: label }).hover();
      await page.getByRole('article', { name: label }).getByLabel('What to do with').click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await menu('Tea or coffee?', 'React with 👍');
    const reaction = await client.message(({ message }) => Boolean(message?.reactionMessage));
    expect(reaction.message?.reactionMessage?.text).toBe('👍');
    await menu('Tea or coffee?', 'Reply');
    await page.getByLabel('Message to The shop').fill('Tee');
    await page.keyboard.press('Enter');
    const reply = await client.text('Tee');
    expect(reply.message?.extendedTextMessage?.contextInfo?.stanzaId).toBeTruthy();
    await menu('You, ', 'Edit');
    await page.getByLabel('Message to The shop').fill('Tea');
    await page.keyboard.press('Enter');
    await page.getByText('edited', { exact: true }).waitFor();
    await menu('You, ', 'Delete for everyone');
    await page.getByText('This message was deleted').waitFor();

    await client.socket.sendMessage(john.jid, {
      poll: { name: 'With milk?', values: ['Yes', 'No'], selectableCount: 1 },
    });
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.getByRole('button', { name: 'Yes', pressed: true }).waitFor();
    await client.message(({ message }) => Boolean(message?.pollUpdateMessage));
  });

  it('keeps its own promise: the built page names no other server', async () => {
    const html = await readFile(
      new URL('../../simulator/dist/web/index.html', import.meta.url),
      'utf8',
    );
    expect(html).not.toMatch(/https?:\/\//);
  });
});
