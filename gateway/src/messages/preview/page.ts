/** What a page says about itself for cards; null what it does not say. */
export interface PageCard {
  readonly title: string | null;
  readonly description: string | null;
  /** Absolute http(s) URL. */
  readonly image: string | null;
}

/** Cards are small; longer texts are cut as clients would. */
const MAX_TITLE = 200;
const MAX_DESCRIPTION = 500;

/** Tags beyond this are not looked at: a head has some dozens. */
const MAX_TAGS = 500;

const META = /<meta\s[^>]{0,4000}>/gi;
const ATTRIBUTE = /([a-z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;

/**
 * Reads the card of a page: Open Graph first, then Twitter's, then what every page has. Pure, and
 * indifferent to broken markup: what it cannot read is absent.
 */
export function readCard(html: string, pageUrl: string): PageCard {
  const meta = metaOf(html);
  const first = (...names: string[]) => names.map((name) => meta.get(name)).find(Boolean) ?? null;
  const title = first('og:title', 'twitter:title') ?? titleOf(html);
  const description = first('og:description', 'twitter:description', 'description');
  const image = first('og:image:secure_url', 'og:image', 'og:image:url', 'twitter:image');
  return {
    title: clean(title, MAX_TITLE),
    description: clean(description, MAX_DESCRIPTION),
    image: image === null ? null : absolute(unescape(image).trim(), pageUrl),
  };
}

/** The first link in a text, as it stands there, and as it is fetched; null when there is none. */
export function firstLink(text: string): { readonly shown: string; readonly url: string } | null {
  const found = /(?:^|[\s(<"'])((?:https?:\/\/|www\.)[^\s<>"']{2,2000})/i.exec(text)?.[1];
  // What ends a sentence does not belong to the link.
  const shown = found?.replace(/[.,;:!?)\]}]+$/, '');
  if (!shown) return null;
  const url = /^https?:/i.test(shown) ? shown : `https://${shown}`;
  return URL.canParse(url) && new URL(url).hostname.includes('.') ? { shown, url } : null;
}

function metaOf(html: string): Map<string, string> {
  const found = new Map<string, string>();
  let count = 0;
  for (const [tag] of html.matchAll(META)) {
    if (++count > MAX_TAGS) break;
    const attributes = new Map(
      Array.from(tag.matchAll(ATTRIBUTE), ([, name, double, single, bare]) => [
        (name ?? '').toLowerCase(),
        double ?? single ?? bare ?? '',
      ]),
    );
    const name = (attributes.get('property') ?? attributes.get('name') ?? '').toLowerCase();
    const content = attributes.get('content');
    if (name && content && !found.has(name)) found.set(name, content);
  }
  return found;
}

const titleOf = (html: string): string | null =>
  /<title[^>]{0,1000}>([^<]{1,2000})/i.exec(html)?.[1] ?? null;

function clean(text: string | null, max: number): string | null {
  if (text === null) return null;
  const plain = unescape(text).replace(/\s+/g, ' ').trim();
  return plain === '' ? null : Array.from(plain).slice(0, max).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  gt: '>',
  lt: '<',
  nbsp: ' ',
  quot: '"',
};

function unescape(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
    const code =
      name[1]?.toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function absolute(link: string, base: string): string | null {
  if (!URL.canParse(link, base)) return null;
  const url = new URL(link, base);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
}
