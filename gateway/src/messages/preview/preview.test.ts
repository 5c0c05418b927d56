import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import type { Request } from '../../net/request.ts';
import { firstLink, readCard } from './page.ts';
import { createPreviews } from './previews.ts';

describe('readCard', () => {
  it('takes Open Graph before everything else', () => {
    const html = `<html><head><title>Plain</title>
      <meta name="description" content="plain text">
      <meta content='Tom &amp; Jerry&#39;s &#x2764;' property="og:title">
      <meta property=og:description content="  many
      lines ">
      <META PROPERTY="og:image" CONTENT="/cat.jpg?a=1&amp;b=2"></head>`;
    expect(readCard(html, 'https://example.com/dir/page')).toEqual({
      title: "Tom & Jerry's ❤",
      description: 'many lines',
      image: 'https://example.com/cat.jpg?a=1&b=2',
    });
  });

  it('does with what every page has', () => {
    const html = '<title>A &lt;page&gt;</title><meta name=description content="short">';
    expect(readCard(html, 'https://example.com')).toEqual({
      title: 'A <page>',
      description: 'short',
      image: null,
    });
    expect(readCard('', 'https://example.com').title).toBeNull();
  });

  it('cuts long texts between characters and takes no other kinds of images', () => {
    const html = `<title>${'😀'.repeat(300)}</title><meta property="og:image" content="javascript:alert(1)">`;
    const card = readCard(html, 'https://example.com');
    expect(card.title).toBe('😀'.repeat(200));
    expect(card.image).toBeNull();
  });

  it('answers for any text', () => {
    const piece = fc.constantFrom(
      '<meta ',
      'property="og:title"',
      'content=',
      '"',
      "'",
      '>',
      '<title>',
      '&#99999999;',
      '&#x;',
      'x',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        expect(readCard(pieces.join(''), 'https://example.com')).toHaveProperty('title');
      }),
    );
  });
});

describe('firstLink', () => {
  it.each([
    [
      'see https://example.com/a?b=1, please',
      'https://example.com/a?b=1',
      'https://example.com/a?b=1',
    ],
    ['(http://example.com/a)', 'http://example.com/a', 'http://example.com/a'],
    ['www.example.com.', 'www.example.com', 'https://www.example.com'],
    ['HTTPS://EXAMPLE.COM', 'HTTPS://EXAMPLE.COM', 'HTTPS://EXAMPLE.COM'],
    ['first https://a.example then https://b.example', 'https://a.example', 'https://a.example'],
  ])('finds it in %j', (text, shown, url) => {
    expect(firstLink(text)).toEqual({ shown, url });
  });

  it.each([
    'no link',
    'http://localhost/x',
    'mail@example.com',
    'xhttps://example.com',
    'https://',
  ])('finds none in %j', (text) => expect(firstLink(text)).toBeNull());
});

describe('createPreviews', () => {
  const clock = new VirtualClock();
  const picture = sharp({ create: { width: 400, height: 200, channels: 3, background: 'red' } });
  const page =
    '<meta property="og:title" content="Sale"><meta property="og:image" content="/a.png">';

  interface Route {
    readonly status?: number;
    readonly type?: string;
    readonly location?: string;
    readonly body?: string | Buffer;
  }

  /** A web of these pages; everything else is unreachable. */
  function web(routes: Record<string, Route>) {
    const asked: string[] = [];
    const request: Request = async (url) => {
      asked.push(url);
      const route = routes[url];
      if (!route) return { kind: 'failed', stage: 'guard', message: 'no', durationMs: 0 };
      const { status = 200, type = 'text/html', location, body = '' } = route;
      return {
        kind: 'answered',
        status,
        headers: { 'content-type': type, ...(location ? { location } : {}) },
        body: Buffer.from(body),
        bodyState: 'complete',
        durationMs: 0,
      };
    };
    return { asked, previews: createPreviews({ request, clock }) };
  }

  it('makes a card with a small picture and remembers it', async () => {
    const { asked, previews } = web({
      'https://shop.example/': { body: page },
      'https://shop.example/a.png': { type: 'image/png', body: await picture.png().toBuffer() },
    });
    const card = await previews.find('new: https://shop.example/ !');
    expect(card).toMatchObject({ url: 'https://shop.example/', title: 'Sale', description: null });
    const thumbnail = Buffer.from(card?.thumbnail ?? '', 'base64');
    expect(await sharp(thumbnail).metadata()).toMatchObject({ format: 'jpeg', width: 192 });
    await previews.find('again https://shop.example/');
    expect(asked).toHaveLength(2);
  });

  it('follows redirects, each of them asked of the guarded client', async () => {
    const { asked, previews } = web({
      'https://short.example/x': { status: 302, location: 'https://shop.example/y' },
      'https://shop.example/y': { status: 301, location: '/z' },
      'https://shop.example/z': { body: '<title>Here</title>' },
    });
    expect(await previews.find('https://short.example/x')).toMatchObject({
      url: 'https://short.example/x',
      title: 'Here',
      thumbnail: null,
    });
    expect(asked).toHaveLength(3);
  });

  it.each<[string, Record<string, Route>]>([
    ['nothing answers', {}],
    ['it is no page', { 'https://a.example/': { type: 'application/pdf', body: page } }],
    ['it is an error', { 'https://a.example/': { status: 404, body: page } }],
    ['it has no title', { 'https://a.example/': { body: '<p>' } }],
    [
      'it turns in circles',
      { 'https://a.example/': { status: 302, location: 'https://a.example/' } },
    ],
  ])('makes none when %s', async (_title, routes) => {
    expect(await web(routes).previews.find('https://a.example/')).toBeNull();
  });

  it('makes a card without the picture when that is none', async () => {
    const { previews } = web({
      'https://a.example/': { body: page },
      'https://a.example/a.png': { type: 'image/png', body: '<svg></svg>' },
    });
    expect(await previews.find('https://a.example/')).toMatchObject({
      title: 'Sale',
      thumbnail: null,
    });
    expect(await previews.thumbnail('https://nowhere.example/')).toBeNull();
  });

  it('reads other character sets', async () => {
    const { previews } = web({
      'https://a.example/': {
        type: 'text/html; charset=iso-8859-1',
        body: Buffer.from('<title>Caf\xe9</title>', 'latin1'),
      },
    });
    expect(await previews.find('https://a.example/')).toMatchObject({ title: 'Café' });
  });
});
