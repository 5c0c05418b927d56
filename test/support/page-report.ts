import type { Page } from 'playwright-core';

/** The last of them say what went wrong. */
const MAX_REQUESTS = 20;
const MAX_TEXT = 3_000;

/**
 * Notes which requests of a page fail or are refused; the result tells them, and what stands on the
 * page by then, for the message of a test that failed.
 */
export function watchPage(page: Page): () => Promise<string> {
  const requests: string[] = [];
  const note = (request: string) => {
    requests.push(request);
    if (requests.length > MAX_REQUESTS) requests.shift();
  };
  page.on('requestfailed', (request) => {
    note(`${request.method()} ${request.url()}: ${request.failure()?.errorText ?? 'failed'}`);
  });
  page.on('response', (response) => {
    if (response.status() < 400) return;
    note(`${response.request().method()} ${response.url()}: ${response.status()}`);
  });
  return async () => {
    // A page that hangs or is gone must not hide why the test failed.
    const look = (script: string) =>
      page.evaluate<string>(script).catch((error: unknown) => `not to be seen: ${String(error)}`);
    const text = await look('document.body.innerText');
    return [
      `The page when the test failed: ${page.url()}`,
      `Focus on: ${await look(FOCUSED)}`,
      `Requests that failed or were refused: ${requests.join('\n  ') || 'none'}`,
      `Text:\n${text.slice(0, MAX_TEXT)}`,
    ].join('\n');
  };
}

/** The name of what has the focus, nearly as a screen reader says it. As text: tests have no DOM types. */
export function focused(page: Page): Promise<string> {
  return page.evaluate<string>(FOCUSED);
}

const FOCUSED = `(({ activeElement: it, body }) =>
  it === null || it === body ? '' : (it.getAttribute('aria-label') ?? it.innerText))(document)`;
