import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';

/** A web server with one good picture and many bad ones; each path names its fault. */
export interface PictureServer {
  readonly url: string;
  close(): Promise<void>;
}

const ENDLESS_CHUNK = Buffer.alloc(1024 * 1024, 1);

/** A small PNG. */
export function redPng(): Promise<Buffer> {
  return sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
}

export async function createPictureServer(): Promise<PictureServer> {
  const png = await redPng();
  const faults: Record<string, (response: ServerResponse) => void> = {
    '/good.png': (response) => response.writeHead(200, { 'content-type': 'image/png' }).end(png),
    '/missing.png': (response) => response.writeHead(404).end('not here'),
    '/broken.png': (response) => response.writeHead(500).end('oops'),
    '/page.png': (response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>Log in'),
    '/lying.png': (response) =>
      response.writeHead(200, { 'content-type': 'image/png' }).end('<!doctype html><p>Log in'),
    '/endless.png': (response) => {
      response.writeHead(200, { 'content-type': 'image/png' });
      const pour = () => {
        while (!response.destroyed && response.write(ENDLESS_CHUNK));
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    },
    '/announced-large.png': (response) =>
      response
        .writeHead(200, { 'content-type': 'image/png', 'content-length': String(10 ** 9) })
        .flushHeaders(),
    '/to-metadata.png': (response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
  };
  const server = createServer((request, response) => {
    const fault = faults[request.url ?? ''];
    if (fault) fault(response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
