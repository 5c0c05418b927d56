import type { Clock } from '../../kernel/clock.ts';
import type { Answer, Request } from '../../net/request.ts';
import type { LinkPreview } from '../../whatsapp/content.ts';
import { thumbnailOf } from '../picture.ts';
import { firstLink, readCard } from './page.ts';

/** Makes cards for links. */
export interface Previews {
  /**
   * The card for the first link of a text, fetched; null when there is no link or nothing can be had of
   * it in time. Never rejects: a card is an ornament.
   */
  find(text: string): Promise<LinkPreview | null>;
  /** The thumbnail of a picture by URL, for cards that the caller wrote; null when it cannot be had. */
  thumbnail(url: string): Promise<string | null>;
}

export interface PreviewsDeps {
  readonly request: Request;
  readonly clock: Clock;
}

/** The sender waits for the card: page and picture together get this long. */
const DEADLINE_MS = 4_000;
const MAX_REDIRECTS = 3;
/** What cards are made of stands in the head of a page. */
const MAX_PAGE_BYTES = 512 * 1024;
const MAX_IMAGE_BYTES = 3 * 1024 * 1024;

/** Many messages in a row carry the same link; failures are remembered as well. */
const REMEMBERED = 200;
const REMEMBER_MS = 10 * 60_000;

/** Sites answer chat programs with their card, and browsers with scripts. */
const HEADERS = { 'user-agent': 'WhatsApp/2.2413.51 W', accept: 'text/html,image/*;q=0.8' };

export function createPreviews({ request, clock }: PreviewsDeps): Previews {
  const remembered = new Map<
    string,
    { readonly atMs: number; readonly card: Promise<Card | null> }
  >();

  /** Follows redirects, each of which is checked like the first; null unless it ends in a 200. */
  async function get(start: string, maxBodyBytes: number, untilMs: number): Promise<Got | null> {
    let url = start;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const deadlineMs = untilMs - clock.now();
      if (deadlineMs <= 0) return null;
      const answer = await request(url, {
        method: 'GET',
        headers: HEADERS,
        deadlineMs,
        maxBodyBytes,
      });
      if (answer.kind !== 'answered') return null;
      if (answer.status === 200) return { url, answer };
      const location = headerOf(answer, 'location');
      if (answer.status < 300 || answer.status > 399 || !URL.canParse(location, url)) return null;
      url = new URL(location, url).href;
    }
    return null;
  }

  async function thumbnail(url: string, untilMs: number): Promise<string | null> {
    const got = await get(url, MAX_IMAGE_BYTES, untilMs);
    return got?.answer.bodyState === 'complete' ? thumbnailOf(got.answer.body) : null;
  }

  async function fetchCard(url: string): Promise<Card | null> {
    const untilMs = clock.now() + DEADLINE_MS;
    const page = await get(url, MAX_PAGE_BYTES, untilMs);
    if (page === null || !/\bx?html\b/i.test(headerOf(page.answer, 'content-type'))) return null;
    const { title, description, image } = readCard(textOf(page.answer), page.url);
    if (title === null) return null;
    return {
      title,
      description,
      thumbnail: image === null ? null : await thumbnail(image, untilMs),
    };
  }

  function remember(url: string): Promise<Card | null> {
    const nowMs = clock.now();
    const known = remembered.get(url);
    if (known && nowMs - known.atMs < REMEMBER_MS) return known.card;
    const card = fetchCard(url).catch(() => null);
    remembered.delete(url);
    remembered.set(url, { atMs: nowMs, card });
    const [oldest] = remembered.keys();
    if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    return card;
  }

  return {
    async find(text) {
      const link = firstLink(text);
      if (link === null) return null;
      const card = await remember(link.url);
      return card && { url: link.shown, ...card };
    },
    thumbnail: (url) => thumbnail(url, clock.now() + DEADLINE_MS).catch(() => null),
  };
}

type Card = Omit<LinkPreview, 'url'>;

interface Got {
  readonly url: string;
  readonly answer: Answer;
}

function headerOf({ headers }: Answer, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** In the character set that the server names, else the page itself, else UTF-8. */
function textOf(answer: Answer): string {
  const named = /charset=["']?([\w-]+)/i;
  const start = Buffer.from(answer.body.subarray(0, 2048)).toString('latin1');
  const label =
    named.exec(headerOf(answer, 'content-type'))?.[1] ?? named.exec(start)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(label).decode(answer.body);
  } catch {
    return new TextDecoder().decode(answer.body);
  }
}
