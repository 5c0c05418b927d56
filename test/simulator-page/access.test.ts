import { AxeBuilder } from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import { focused } from '../support/page-report.ts';
import { withPage } from './support/page.ts';

describe('everybody can use the phone', () => {
  const world = withPage();
  const people = () => {
    const { accounts } = world.simulator;
    const [shop, john, ana] = ['The shop', 'John Doe', 'Ana Souza'].map((name) =>
      accounts.create({ name }),
    );
    if (!shop || !john || !ana) throw new Error('three people were made');
    return { shop, john, ana };
  };
  const faultsOf = async (state: string) => {
    const { violations } = await new AxeBuilder({ page: world.page }).analyze();
    return violations.map(
      ({ id, nodes }) => `${state}: ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`,
    );
  };

  it('by keyboard alone', async () => {
    const { shop, john } = people();
    const { client } = await world.linked(shop);
    const page = await world.open();
    const { keyboard } = page;

    // The list of phones is one stop; the arrows go through it.
    await world.tabTo('The shop');
    await keyboard.press('ArrowDown');
    expect(await focused(page)).toContain('John Doe');
    await keyboard.press('Enter');
    await page.getByText('No chats yet').waitFor();
    await world.tabTo('New chat');
    await keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'New chat' }).waitFor();
    await keyboard.type('shop');
    await world.tabTo('The shop');
    await keyboard.press('Enter');
    await page.getByRole('log').waitFor();

    await world.tabTo('Message to The shop');
    await keyboard.type('One');
    await keyboard.press('Shift+Enter');
    await keyboard.type('and two');
    await keyboard.press('Enter');
    await client.text('One\nand two');
    await client.socket.sendMessage(john.jid, { text: 'Three' });
    await page.getByRole('article', { name: 'The shop, ' }).waitFor();

    // So is the conversation: its newest message first, the others by the arrows.
    await keyboard.press('Shift+Tab');
    expect(await focused(page)).toBe('Attach');
    await keyboard.press('Shift+Tab');
    expect(await focused(page)).toContain('What to do with message of The shop');
    await keyboard.press('ArrowUp');
    expect(await focused(page)).toContain('What to do with your message');
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await page.getByRole('menu', { name: 'Message' }).waitFor();
    await keyboard.press('End');
    await keyboard.press('Escape');
    expect(await focused(page)).toContain('What to do with message of The shop');
    await keyboard.press('Enter');
    for (let steps = 0; steps < 5; steps++) await keyboard.press('ArrowRight');
    expect(await focused(page)).toContain('Reply');
    await keyboard.press('Enter');
    await page.getByText('Answer to The shop').waitFor();
    expect(await focused(page)).toBe('Message to The shop');
    await keyboard.press('Escape');
    await page.getByText('Answer to The shop').waitFor({ state: 'detached' });
  });

  it.each(['light', 'dark'] as const)(
    'without a fault that axe finds, in the %s',
    async (scheme) => {
      const { shop, john, ana } = people();
      await world.linked(shop);
      world.client({}).start();
      const page = await world.open();
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      // Colours that change under way are between two schemes for a moment.
      await page.reload();
      await page.getByText('Waiting to be linked').waitFor();
      expect(await faultsOf('no phone in hand')).toEqual([]);

      await john.phone.send(shop.jid, 'Are you open? See https://example.com/');
      await shop.phone.send(john.jid, {
        type: 'buttons',
        text: 'We are.',
        buttons: [{ id: 'call', text: 'Call me' }],
      });
      await shop.phone.send(john.jid, {
        type: 'poll',
        question: 'When?',
        options: ['1', '2'],
        selectable: 1,
      });
      await shop.phone.send(john.jid, {
        type: 'audio',
        voice: true,
        seconds: 3,
        media: { bytes: new Uint8Array(100) },
      });
      await shop.phone.send(john.jid, {
        type: 'document',
        fileName: 'prices.pdf',
        mimetype: 'application/pdf',
        media: { bytes: new Uint8Array(100) },
      });
      await ana.phone.send(john.jid, 'Lunch?');
      await page.goto(`${world.simulator.controlUrl}/#/${john.number}/${shop.jid}`);
      await page.getByText('prices.pdf').first().waitFor();
      expect(await faultsOf('a conversation')).toEqual([]);

      for (const [button, dialog] of [
        ['Faults', 'Faults'],
        ['Simulator', 'Simulator'],
        ['About the phone of', 'John Doe'],
        ['New group', 'New group'],
        ['Scan QR', 'Link a client'],
      ] as const) {
        await page.getByRole('button', { name: button }).first().click();
        await page.getByRole('dialog', { name: dialog }).waitFor();
        expect(await faultsOf(dialog)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
    },
  );

  it('on a screen of 390 pixels, one pane at a time', async () => {
    const { shop, john } = people();
    await john.phone.send(shop.jid, `A long word: ${'x'.repeat(200)}`);
    const page = await world.open({ width: 390, height: 800 });
    const fits = async () => {
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(width).toBeLessThanOrEqual(390);
    };
    await page.getByRole('button', { name: 'John Doe' }).click();
    await fits();
    const chats = page.getByRole('region', { name: 'Chats of John Doe' });
    await chats.getByRole('button', { name: 'The shop' }).click();
    await page.getByRole('article').waitFor();
    await fits();
    expect(await page.getByRole('navigation').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Back to the chats' }).click();
    await page.getByRole('button', { name: 'Back to all phones' }).click();
    await page.getByRole('navigation').waitFor();
    await fits();
    await page.getByRole('button', { name: 'Scan QR' }).click();
    await page.getByRole('dialog').waitFor();
    await fits();
  });
});
