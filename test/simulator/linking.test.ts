import { Curve, WA_CERT_DETAILS } from 'baileys';
import { afterEach, describe, expect, it } from 'vitest';
import { verifySignature } from 'whatsapp-rust-bridge';
import { PairingError } from '../../simulator/src/index.ts';
import { withWorld } from './support/world.ts';

describe('linking', () => {
  const world = withWorld();

  it('works by a pairing code, written with or without a dash', async () => {
    const shop = world.simulator.accounts.create();
    const client = world.client().start();
    await client.qr();
    const requested = world.simulator.waitFor('pairing.code-requested');
    const code = await client.socket.requestPairingCode(shop.number);
    expect(await requested).toEqual({ phone: shop.number });
    await shop.phone.linkByCode(`${code.slice(0, 4)}-${code.slice(4)}`);
    await client.open();
    expect(client.jid).toBe(shop.devices[0]?.jid);
    world.simulator.violations.assertNone();
  });

  it('refuses a wrong code, and a right one afterwards works', async () => {
    const shop = world.simulator.accounts.create();
    const client = world.client().start();
    await client.qr();
    const requested = world.simulator.waitFor('pairing.code-requested');
    const code = await client.socket.requestPairingCode(shop.number, 'ABCD2345');
    await requested;
    await expect(shop.phone.linkByCode('WRONG234')).rejects.toMatchObject({ code: 'wrong-code' });
    expect(shop.devices).toEqual([]);
    await shop.phone.linkByCode(code);
    await client.open();
  });

  it('refuses what is not a QR code, and one that nobody shows', async () => {
    const shop = world.simulator.accounts.create();
    await expect(shop.phone.scan('https://example.com')).rejects.toBeInstanceOf(PairingError);
    const client = world.client().start();
    const qr = await client.qr();
    await client.stop();
    await expect(shop.phone.scan(qr)).rejects.toMatchObject({ code: 'unknown-ref' });
  });

  it('shows the next code when one has run out, until none is left', async () => {
    const client = world.client({ qrTimeout: 50 }).start();
    expect(await client.closed()).toBe(408);
    const codes = client.events.flatMap(({ name, payload }) =>
      name === 'connection.update' ? ((payload as { qr?: string }).qr ?? []) : [],
    );
    expect(new Set(codes).size).toBe(6);
  });

  it('scans for the account that is named like the client, and makes it when needed', async () => {
    const config = { pushName: 'Corner shop' } as object;
    const client = world.client(config).start();
    const account = await world.simulator.scan(await client.qr());
    await client.open();
    expect(account.name).toBe('Corner shop');
    expect(account.devices).toHaveLength(1);
  });

  it('lets several devices of an account see what each of them, and the phone, sends', async () => {
    const shop = world.simulator.accounts.create({ name: 'Shop' });
    const ann = world.simulator.accounts.create({ name: 'Ann' });
    const { client: first } = await world.linked(shop);
    const { client: second } = await world.linked(shop);
    await first.socket.sendMessage(ann.jid, { text: 'from the first' });
    const copy = await second.text('from the first');
    expect(copy.key).toMatchObject({ fromMe: true, remoteJid: ann.jid });
    await ann.phone.waitForMessage(({ text }) => text === 'from the first');
    const own = await shop.phone.waitForMessage(({ text }) => text === 'from the first');
    expect(own).toMatchObject({ fromMe: true, chat: ann.jid });

    await shop.phone.send(ann.jid, 'from the phone');
    for (const client of [first, second]) {
      const seen = await client.text('from the phone');
      expect(seen.key).toMatchObject({ fromMe: true, remoteJid: ann.jid, remoteJidAlt: ann.lid });
    }
    await ann.phone.send(shop.jid, 'to all of you');
    await first.text('to all of you');
    await second.text('to all of you');
    shop.unlink(shop.devices[0]?.id ?? 0);
    expect(await first.closed()).toBe(401);
    await second.socket.sendMessage(ann.jid, { text: 'only me now' });
    await ann.phone.waitForMessage(({ text }) => text === 'only me now');
    world.simulator.violations.assertNone();
  });

  it('replaces the connection of a device that logs in again', async () => {
    const shop = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    const again = world.client({}, client.state).start();
    await again.open();
    expect(await client.closed()).toBe(440);
  });
});

describe('the certificate of the server', () => {
  const world = withWorld();
  const { verify } = Curve;
  const { PUBLIC_KEY } = WA_CERT_DETAILS;

  afterEach(() => {
    Curve.verify = verify;
    WA_CERT_DETAILS.PUBLIC_KEY = PUBLIC_KEY;
  });

  /** The library's own check accepts anything; this is what a mended client does. */
  function mend(rootKeyHex: string): void {
    Curve.verify = (publicKey, message, signature) =>
      verifySignature(Buffer.concat([Buffer.of(5), publicKey]), message, signature);
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKeyHex, 'hex');
  }

  it('is accepted by a client that trusts its root and checks', async () => {
    mend(world.simulator.rootKeyHex);
    const client = world.client().start();
    const account = await world.simulator.scan(await client.qr());
    await client.open();
    expect(client.jid).toBe(account.devices[0]?.jid);
  });

  it('is refused by a client that trusts another root', async () => {
    mend('11'.repeat(32));
    expect(await world.client().start().closed()).toBe(400);
  });
});
