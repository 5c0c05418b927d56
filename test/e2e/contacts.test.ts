import {
  type AccountHandle,
  appStateChanges,
  createSimulator,
  type Simulator,
} from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';

/** Everybody whom a number knows by name, from everywhere that names come from. */
describe('the contact list', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let shop: AccountHandle;
  let john: AccountHandle;
  let ana: AccountHandle;
  let jose: AccountHandle;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 41 });
    shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John' });
    ana = simulator.accounts.create({ phone: '5511777777777', name: 'Ana' });
    jose = simulator.accounts.create({ phone: '5511666666666', name: 'José da Silva' });
    await john.phone.send(shop.jid, 'before the link');
    await shop.phone.waitForMessage(({ text }) => text === 'before the link');
    shop.changeSetting(
      appStateChanges.contact(ana.jid, { fullName: 'Ana (suppliers)', lid: ana.lid }, 1),
    );
    gateway = await GatewayProcess.prepare(simulator);
    await gateway.start();
    const { body } = await gateway.call('POST', '/sessions/shop/start');
    await shop.phone.scan(String(body['qr']));
    await gateway.waitForStatus('shop', 'open');
  });

  afterAll(async () => {
    await gateway.dispose();
    await simulator.close();
  });

  type Data = Readonly<Record<string, unknown>>;

  const list = async (query = '') => {
    const { status, body } = await gateway.call('GET', `/sessions/shop/contacts${query}`);
    expect(status).toBe(200);
    return { items: body['items'] as Data[], next: body['next'] as string | null };
  };
  const namesOf = async (person: AccountHandle) =>
    (await list()).items.find(({ chatId }) => chatId === person.jid);
  const shows = (person: AccountHandle, names: Data) =>
    expect.poll(() => namesOf(person)).toMatchObject(names);
  const events = async () => {
    const { body } = await gateway.call('GET', '/events?event=contact.updated&limit=200');
    return (body['events'] as { data: Data }[]).map(({ data }) => data);
  };
  const told = (data: Data) => expect.poll(async () => (await events()).at(-1)).toMatchObject(data);

  it('has the names that the phone knew when it was linked, and they are no news', async () => {
    await shows(john, { name: 'John', pushName: 'John', savedName: null, phone: john.number });
    await shows(ana, { name: 'Ana (suppliers)', savedName: 'Ana (suppliers)', lid: ana.lid });
    expect(await events()).toEqual([]);
  });

  it('comes with the chats of the phone, of which no message was asked for', async () => {
    const { body } = await gateway.call('GET', '/sessions/shop/chats');
    expect(body).toMatchObject({
      items: [{ chatId: john.jid, name: 'John', phone: john.number, lastMessage: null }],
      next: null,
    });
  });

  it('has those who write, and what they call themselves from then on', async () => {
    await jose.phone.send(shop.jid, 'hello');
    await shows(jose, { name: 'José da Silva', pushName: 'José da Silva' });
    expect(await events()).toEqual([]);
    jose.setName('Zé');
    await jose.phone.send(shop.jid, 'it is me');
    await told({ chatId: jose.jid, phone: jose.number, changed: ['name'], name: 'Zé' });
    await shows(jose, { name: 'Zé' });
  });

  it('follows the address book of the phone', async () => {
    const save = (fullName: string) =>
      shop.changeSetting(appStateChanges.contact(john.jid, { fullName }, Date.now()));
    save('John (baker)');
    await told({ chatId: john.jid, name: 'John (baker)', pushName: 'John' });
    save('John (butcher)');
    await told({ chatId: john.jid, savedName: 'John (butcher)' });
    await shows(john, { name: 'John (butcher)', pushName: 'John' });
    expect(await events()).toHaveLength(3);
  });

  it('forgets the name of whoever is taken out of the address book', async () => {
    shop.changeSetting(appStateChanges.removeContact(ana.jid, Date.now()));
    await told({ chatId: ana.jid, savedName: null, changed: ['name'] });
    shop.changeSetting(appStateChanges.contact(ana.jid, { fullName: 'Ana again' }, Date.now()));
    await told({ chatId: ana.jid, savedName: 'Ana again' });
    expect(await namesOf(ana)).toMatchObject({ name: 'Ana again', pushName: null });
  });

  it('leaves out the number itself, also when the phone has it in its address book', async () => {
    const save = (person: AccountHandle, fullName: string) =>
      shop.changeSetting(appStateChanges.contact(person.jid, { fullName }, Date.now()));
    save(shop, 'Ana, me');
    await told({ chatId: shop.jid, name: 'Ana, me' });
    expect(await namesOf(shop)).toBeUndefined();
    expect((await list('?search=ana')).items).toMatchObject([{ chatId: ana.jid }]);
    expect((await list('?search=15550001000')).items).toEqual([]);
  });

  it('is searched by name and number, and read page by page', async () => {
    const found = async (search: string) =>
      (await list(`?search=${encodeURIComponent(search)}`)).items.map(({ chatId }) => chatId);
    expect(await found('ze')).toEqual([jose.jid]);
    expect(await found('BUTCHER')).toEqual([john.jid]);
    expect(await found('+55 11 77777')).toEqual([ana.jid]);
    expect(await found('nobody')).toEqual([]);
    const seen: unknown[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page = await list(`?limit=1${next === '' ? '' : `&after=${next}`}`);
      seen.push(...page.items.map(({ chatId }) => chatId));
      next = page.next;
    }
    const all = (await list()).items.map(({ chatId }) => chatId);
    expect(seen).toEqual(all);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining([john.jid, ana.jid, jose.jid]));
  });

  it('shows one person with their names, and says what is wrong', async () => {
    const { body } = await gateway.call('GET', `/sessions/shop/contacts/${john.number}`);
    expect(body).toMatchObject({
      chatId: john.jid,
      name: 'John (butcher)',
      about: expect.any(String),
    });
    for (const query of ['?limit=0', '?limit=1000', '?search=', '?after=']) {
      const answer = await gateway.call('GET', `/sessions/shop/contacts${query}`);
      expect([query, answer.status, answer.body['code']]).toEqual([query, 400, expect.any(String)]);
    }
    const none = await gateway.call('GET', '/sessions/none/contacts');
    expect([none.status, none.body['code']]).toEqual([404, 'session_not_found']);
  });

  it('is not open to a key that is bound to a chat, which may see that person', async () => {
    const made = await gateway.call('POST', '/keys', {
      name: 'one chat',
      scopes: ['contacts:read'],
      chats: [john.number],
    });
    expect([made.status, made.body]).toMatchObject([201, {}]);
    const get = async (path: string) => {
      const headers = { authorization: `Bearer ${String(made.body['key'])}` };
      return (await fetch(`${gateway.url}/sessions/shop/contacts${path}`, { headers })).status;
    };
    expect(await get(`/${john.number}`)).toBe(200);
    expect([await get(''), await get(`/${ana.number}`)]).toEqual([403, 403]);
  });

  it('outlives a restart', async () => {
    const before = await list();
    await gateway.end('SIGKILL');
    await gateway.start();
    expect(await list()).toEqual(before);
    simulator.violations.assertNone();
  });
});
