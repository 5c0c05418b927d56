import { toBuffer } from 'qrcode';
import { describe, expect, it } from 'vitest';
import { withPage } from './support/page.ts';

describe('linking a client on the page', () => {
  const world = withPage();

  it('by the text of its QR code, in a world without phones', async () => {
    const page = await world.open();
    await page.getByRole('button', { name: 'New phone' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'New phone' });
    await dialog.getByLabel('Name').fill('The shop');
    await dialog.getByLabel('Number').fill('+55 11 98888-7777');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'The shop' }).waitFor();
    const client = world.client().start();
    const qr = await client.qr();

    await page.getByRole('button', { name: 'Scan QR' }).click();
    const link = page.getByRole('dialog', { name: 'Link a client' });
    await link.getByLabel('text of the QR code').fill('not a code');
    await link.getByRole('button', { name: 'Link', exact: true }).click();
    await link.getByRole('alert').getByText('not a WhatsApp QR code').waitFor();
    await link.getByLabel('text of the QR code').fill(qr);
    await link.getByRole('button', { name: 'Link', exact: true }).click();
    await client.open();
    expect(client.jid).toBe('5511988887777:1@s.whatsapp.net');
    await page.getByText('The shop is linked.').waitFor();
  });

  it('by a picture of its QR code', async () => {
    world.simulator.accounts.create({ name: 'The shop' });
    const client = world.client().start();
    const picture = await toBuffer(await client.qr(), { width: 500 });
    const page = await world.open();
    await page.getByRole('button', { name: 'Scan QR' }).click();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Picture…' }).click();
    await (await chooser).setFiles({ name: 'qr.png', mimeType: 'image/png', buffer: picture });
    await expect.poll(() => page.getByLabel('text of the QR code').inputValue()).toContain('@');
    await page.getByRole('button', { name: 'Link', exact: true }).click();
    await client.open();
  });

  it('by the code that it shows, and unlinks it', async () => {
    const shop = world.simulator.accounts.create({ name: 'The shop' });
    const client = world.client().start();
    await client.qr();
    const code = await client.socket.requestPairingCode(shop.number);
    const page = await world.open();
    await page.getByRole('button', { name: 'Scan QR' }).click();
    await page.getByLabel('Code that the client shows').fill(code);
    await page.getByRole('button', { name: 'Link', exact: true }).click();
    await client.open();
    await page.getByRole('button', { name: 'About the phone of The shop' }).click();
    await page.getByRole('button', { name: 'Unlink' }).click();
    expect(await client.closed()).toBe(401);
    await page.getByText('None yet.').waitFor();
  });

  it('starts anew when it is asked to twice', async () => {
    world.simulator.accounts.create({ name: 'The shop' });
    const page = await world.open();
    await page.getByRole('button', { name: 'Simulator' }).click();
    await page.getByRole('button', { name: 'Start anew' }).click();
    await page.getByRole('button', { name: 'Remove everything' }).click();
    await page.getByText('No phones yet').waitFor();
    expect(world.simulator.accounts.all()).toEqual([]);
  });
});
