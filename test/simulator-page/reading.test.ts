import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { withPage } from './support/page.ts';

describe('a simulator that does not answer', () => {
  const world = withPage();
  const people = () => {
    const { accounts } = world.simulator;
    const shop = accounts.create({ name: 'The shop' });
    const john = accounts.create({ name: 'John Doe' });
    return { shop, john };
  };
  const chats = '**/api/accounts/*/chats';
  const messages = '**/api/accounts/*/messages?*';
  const again = (page: Page) => page.getByRole('button', { name: 'Try again' });

  it.each(['**/api/accounts', '**/api/info', chats, messages])(
    'is asked again by itself: %s',
    async (path) => {
      const { shop, john } = people();
      await john.phone.send(shop.jid, 'Are you open?');
      const { page } = world;
      let requests = 0;
      await page.route(path, (route) => (requests++ === 0 ? route.abort() : route.continue()));
      await page.goto(`${world.simulator.controlUrl}/#/${john.number}/${shop.jid}`);
      await page.getByRole('article').getByText('Are you open?').waitFor();
      await page.getByRole('region').getByRole('button', { name: 'The shop' }).waitFor();
      expect(requests).toBe(2);
      expect(await again(page).count()).toBe(0);
    },
  );

  it('leaves no empty pane: each says so, and reads again when it is told to', async () => {
    const { shop, john } = people();
    await john.phone.send(shop.jid, 'Are you open?');
    const { page } = world;
    for (const path of [chats, messages]) await page.route(path, (route) => route.abort());
    await page.goto(`${world.simulator.controlUrl}/#/${john.number}/${shop.jid}`);
    await page.getByRole('alert').getByText('The chats could not be read').waitFor();
    await page.getByRole('alert').getByText('The messages could not be read').waitFor();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    // What happens meanwhile is not lost, nor taken for all there is.
    await shop.phone.send(john.jid, 'Until six.');
    await page.getByRole('article').getByText('Until six.').waitFor();
    expect(await again(page).count()).toBe(2);

    await page.unroute(messages);
    await again(page).last().click();
    await page.getByRole('article').getByText('Are you open?').waitFor();
    await page.getByText('The chats could not be read').waitFor();
    await page.unroute(chats);
    await again(page).click();
    await page.getByRole('region').getByRole('button', { name: 'The shop' }).waitFor();
    await page.getByText('could not be read').waitFor({ state: 'detached' });
    expect(await page.getByRole('article').allInnerTexts()).toHaveLength(2);
  });

  it('is told apart from an empty world', async () => {
    people();
    const { page } = world;
    await page.route('**/api/groups', (route) => route.abort());
    await world.open();
    await page.getByRole('alert').getByText('could not be read').waitFor();
    expect(await page.getByText('No phones yet').count()).toBe(0);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.unroute('**/api/groups');
    await again(page).click();
    await page.getByRole('button', { name: 'John Doe' }).waitFor();
    await again(page).waitFor({ state: 'detached' });
  });

  it('is waited for, visibly after a moment', async () => {
    const { john } = people();
    const { page } = world;
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      void page.route(chats, async (route) => {
        resolve();
        await new Promise<void>((done) => (answer = done));
        await route.continue();
      });
    });
    await page.goto(`${world.simulator.controlUrl}/#/${john.number}`);
    await asked;
    await page.getByRole('status').getByText('Reading chats…').waitFor();
    answer();
    await page.getByText('No chats yet').waitFor();
    expect(await page.getByText('Reading chats…').count()).toBe(0);
  });

  it('is knocked at again when it refused the stream of events', async () => {
    people();
    const { page } = world;
    let requests = 0;
    await page.route('**/api/events', (route) =>
      requests++ === 0 ? route.fulfill({ status: 503, body: '' }) : route.continue(),
    );
    await world.open();
    await page.getByText('The simulator does not answer').waitFor();
    await page.getByRole('button', { name: 'John Doe' }).waitFor();
    await page.getByText('The simulator does not answer').waitFor({ state: 'detached' });
    expect(requests).toBe(2);
  });

  it('may get to know the phone in hand later than the page', async () => {
    const page = await world.open();
    await page.getByText('No phones yet').waitFor();
    await page.goto(`${world.simulator.controlUrl}/#/15550001000`);
    await page.getByText('Take a phone in hand').waitFor();
    world.simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    await page.getByText('No chats yet').waitFor();
    expect(await page.getByRole('heading', { name: 'The shop' }).count()).toBe(1);
  });
});
