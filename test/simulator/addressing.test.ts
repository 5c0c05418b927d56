import { describe, expect, it } from 'vitest';
import { withWorld } from './support/world.ts';

describe('addresses', () => {
  const world = withWorld();

  it('are answered under the form in which a number is registered', async () => {
    const shop = world.simulator.accounts.create();
    // Registered before Brazil's ninth digit, and after it.
    const old = world.simulator.accounts.create({ phone: '551187654321' });
    const young = world.simulator.accounts.create({ phone: '5521987654321' });
    const { client } = await world.linked(shop);
    const ask = async (number: string) => (await client.socket.onWhatsApp(number))?.[0];
    expect(await ask('5511987654321')).toEqual({ jid: old.jid, exists: true });
    expect(await ask('551187654321')).toEqual({ jid: old.jid, exists: true });
    expect(await ask('552187654321')).toEqual({ jid: young.jid, exists: true });
    expect(await ask('447700900123')).toBeUndefined();
    world.simulator.violations.assertNone();
  });

  it('may be LIDs, with the phone number beside them', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    await ann.phone.send(shop.lid, 'by lid');
    const received = await client.text('by lid');
    expect(received.key).toMatchObject({
      remoteJid: ann.lid,
      remoteJidAlt: ann.jid,
      addressingMode: 'lid',
    });
    await client.socket.sendMessage(ann.lid, { text: 'back by lid' });
    const answer = await ann.phone.waitForMessage();
    expect(answer).toMatchObject({ text: 'back by lid', chat: shop.jid, sender: shop.jid });
    expect(answer.wireChat).toContain('@lid');
    world.simulator.violations.assertNone();
  });

  it('of a chat may change from number to LID and back without a lost message', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    for (const [index, to] of [shop.jid, shop.lid, shop.jid, shop.lid].entries()) {
      await ann.phone.send(to, `in ${index}`);
      await client.text(`in ${index}`);
      await client.socket.sendMessage(index % 2 ? ann.jid : ann.lid, { text: `out ${index}` });
      await ann.phone.waitForMessage(({ text }) => text === `out ${index}`);
    }
    expect(ann.phone.inbox).toHaveLength(4);
    world.simulator.violations.assertNone();
  });

  it('are told to linked devices by their phone', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    const mappings = [{ phone: ann.number, lid: ann.lid.replace('@lid', '') }];
    await shop.phone.tellDevices({ type: 'lid-mappings', mappings });
    const { lidMapping } = client.socket.signalRepository;
    await client.until('the mapping', () => client.events.length > 0);
    await expect.poll(() => lidMapping.getPNForLID(ann.lid)).toMatch(ann.number);
  });

  it('without the other address leave the phone number unknown', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    world.simulator.faults.add({ kind: 'hide-other-address' });
    await ann.phone.send(shop.lid, 'who am I?');
    const received = await client.text('who am I?');
    expect(received.key.remoteJid).toBe(ann.lid);
    expect(received.key.remoteJidAlt).toBeUndefined();
  });
});
