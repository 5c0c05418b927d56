import { describe, expect, it } from 'vitest';
import { pickQrFormat } from './qr-format.ts';

describe('pickQrFormat', () => {
  it.each([
    [undefined, 'png'],
    ['*/*', 'png'],
    ['nonsense', 'png'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', 'png'],
    ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', 'png'],
    ['image/svg+xml', 'svg'],
    ['text/plain', 'text'],
    ['application/json', 'json'],
    ['application/json, text/plain, */*', 'png'],
    ['application/json, */*;q=0.1', 'json'],
    ['image/svg+xml;q=0, application/json;q=0.2', 'json'],
    ['application/json;q=x', 'png'],
  ])('%s gives %s', (accept, format) => {
    expect(pickQrFormat(accept)).toBe(format);
  });
});
