import { AxeBuilder } from '@axe-core/playwright';
import chromium from '@sparticuz/chromium';
import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import {
  type Browser,
  type BrowserContext,
  type Page,
  chromium as playwright,
} from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OPERATOR_KEY, startService, type TestService } from '../api/support/service.ts';
import { watchPage } from '../support/page-report.ts';
import { PATIENCE_MS } from '../support/patience.ts';

let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What a browser complains of, and what it asked of other servers: there must be none of either. */
let complaints: string[];
let report: () => Promise<string>;

beforeAll(async () => {
  browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    // Those that the package suggests run everything in one process, which ends with its first context.
    args: ['--no-sandbox', '--disable-gpu'],
    headless: true,
  });
});
afterAll(() => browser.close());

beforeEach(async () => {
  context = await browser.newContext();
  context.setDefaultTimeout(PATIENCE_MS);
  page = await context.newPage();
  report = watchPage(page);
  complaints = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') complaints.push(request.url());
  });
});
afterEach(async ({ task }) => {
  const told = task.result?.state === 'fail' ? await report() : null;
  await context.close();
  if (told !== null) throw new Error(told);
});

describe('the page at /', () => {
  let simulator: Simulator;
  let service: TestService;
  let shop: AccountHandle;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 11 });
    shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    service = await startService({
      WHATSAPP_URL: simulator.url,
      WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
    });
  });
  afterAll(async () => {
    await service.stop();
    await simulator.close();
  });

  it('gives links to programs', async () => {
    const answer = await service.call('GET', '/', { as: null, headers: { accept: '*/*' } });
    expect(answer.json).toMatchObject({ reference: '/docs', sessions: '/sessions' });
  });

  it('asks for a key, shows a QR code that renews itself, and greets the paired number', async () => {
    await page.goto(service.url);
    await page.getByLabel('API key').fill('not-the-key-of-this-gateway');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('Check the key').waitFor();
    // The browser reports each refused call; that is what these were for.
    complaints = complaints.filter((text) => !text.includes('401'));

    await page.getByLabel('API key').fill(OPERATOR_KEY);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByLabel('Name').fill('support');
    await page.getByRole('button', { name: 'Show QR code' }).click();
    const image = page.getByAltText('QR code that pairs support');
    await image.waitFor();
    const first = await image.getAttribute('src');
    await page.locator(`.qr img:not([src="${first}"])`).waitFor();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

    const { json } = await service.call('GET', '/sessions/support/qr', {
      headers: { accept: 'application/json' },
    });
    await shop.phone.scan(json.qr);
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.getByText('1 of 1 number connected').waitFor();
    await page.getByText('+15550001000').waitFor();
    expect(await page.getByText('/sessions/support/send').isVisible()).toBe(true);
    // Between the code's last look and the scan it may have been gone.
    expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
  });

  it('keeps the key in the tab alone', async () => {
    await page.goto(service.url);
    await page.getByLabel('API key').fill(OPERATOR_KEY);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('number connected').waitFor();
    expect(await context.cookies()).toEqual([]);
    expect(await page.evaluate('localStorage.length')).toBe(0);
    const other = await context.newPage();
    await other.goto(service.url);
    await other.getByText('This gateway asks for a key').waitFor();
  });

  it('cannot be framed, and runs nothing that was put into it', async () => {
    await page.goto(service.url);
    await page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'window.injected = true';
      document.body.append(script);
    `);
    expect(await page.evaluate(`'injected' in window`)).toBe(false);
    expect(complaints.some((text) => text.includes('Content Security Policy'))).toBe(true);
  });
});

describe('the reference at /docs', () => {
  it('works without any other server, under a strict policy', async () => {
    const service = await startService();
    try {
      await page.goto(`${service.url}/docs`);
      await page.getByRole('heading', { name: 'WhatsApp Gateway' }).first().waitFor();
      await page.getByText('Start', { exact: false }).first().waitFor();
      expect(complaints).toEqual([]);
    } finally {
      await service.stop();
    }
  });
});
