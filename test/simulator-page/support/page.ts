import chromium from '@sparticuz/chromium';
import {
  type Browser,
  type BrowserContext,
  type Page,
  chromium as playwright,
} from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type TestWorld, withWorld } from '../../simulator/support/world.ts';
import { focused, watchPage } from '../../support/page-report.ts';
import { PATIENCE_MS } from '../../support/patience.ts';

export interface PageWorld extends TestWorld {
  readonly page: Page;
  /** Opens the page of the simulator. */
  open(options?: { width?: number; height?: number }): Promise<Page>;
  /** Presses Tab until the focus is on something whose name contains `name`. */
  tabTo(name: string): Promise<void>;
}

/** More stops than any state of the page has. */
const MAX_TABS = 60;

/**
 * A world and a browser around the tests of a file. A test fails when the page logged an error, broke
 * its own security policy or asked another server for anything.
 */
export function withPage(): PageWorld {
  const world = withWorld({ control: true });
  const problems: string[] = [];
  let browser: Browser | null = null;
  let context: BrowserContext | null = null;
  let page: Page | null = null;
  let report = async () => '';

  beforeAll(async () => {
    const executablePath = await chromium.executablePath();
    // Not `chromium.args`: they would switch off what the page's security policy relies on.
    browser = await playwright.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  });
  beforeEach(async () => {
    problems.length = 0;
    // A context of its own: axe refuses the one that pages share.
    context = (await browser?.newContext()) ?? null;
    context?.setDefaultTimeout(PATIENCE_MS);
    page = (await context?.newPage()) ?? null;
    if (page) report = watchPage(page);
    page?.on('pageerror', (error) => problems.push(error.message));
    page?.on('console', (message) => {
      // The browser logs every refusal of the API by itself; what the page makes of it is tested.
      const isRefusal = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isRefusal) problems.push(message.text());
    });
    page?.on('request', (request) => {
      const url = new URL(request.url());
      const isOwn =
        ['data:', 'blob:'].includes(url.protocol) || url.origin === world.simulator.controlUrl;
      if (!isOwn) problems.push(`asked ${url.href}`);
    });
  });
  afterEach(async ({ task }) => {
    const told = task.result?.state === 'fail' ? await report() : null;
    await context?.close();
    if (told !== null) throw new Error([told, ...problems].join('\n'));
    expect(problems).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
  });

  const current = () => {
    if (!page) throw new Error('there is a page only while a test runs');
    return page;
  };
  return {
    get simulator() {
      return world.simulator;
    },
    client: (...given) => world.client(...given),
    fetchOptions: () => world.fetchOptions(),
    linked: (...given) => world.linked(...given),
    get page() {
      return current();
    },
    async open({ width = 1360, height = 860 } = {}) {
      await current().setViewportSize({ width, height });
      await current().goto(`${world.simulator.controlUrl}/`);
      return current();
    },
    async tabTo(name) {
      for (let tabs = 0; tabs < MAX_TABS; tabs++) {
        await current().keyboard.press('Tab');
        if ((await focused(current())).includes(name)) return;
      }
      throw new Error(`Tab never came to "${name}"`);
    },
  };
}
