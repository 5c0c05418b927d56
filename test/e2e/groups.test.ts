import type { AccountHandle, Simulator } from '@whatsapp-gateway/simulator';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { fetchFile, type PairedGateway, startPairedGateway } from '../support/paired-gateway.ts';
import { redPng } from '../support/pictures.ts';

/** Everything about groups over HTTP, as the members' phones and the simulated server see it. */
describe.each(['lid', 'pn'] as const)('groups that name members by %s', (addressing) => {
  let world: PairedGateway;
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let shop: AccountHandle;
  let john: AccountHandle;
  let ana: AccountHandle;
  let shy: AccountHandle;

  beforeAll(async () => {
    world = await startPairedGateway();
    ({ simulator, gateway, shop } = world);
    simulator.configure({ groupAddressing: addressing });
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John' });
    ana = simulator.accounts.create({ phone: '5511777777777', name: 'Ana' });
    shy = simulator.accounts.create({ phone: '5511666666666', name: 'Shy' });
    shy.setPrivacy('groupadd', 'none');
  });
  afterAll(() => world.close());

  const base = '/sessions/shop/groups';
  const person = (account: AccountHandle) => ({
    chatId: account.jid,
    phone: account.number,
    lid: account.lid,
  });

  async function ok(method: string, path: string, body?: unknown) {
    const answer = await gateway.call(method, base + path, body);
    expect([answer.status < 300, answer.body]).toMatchObject([true, {}]);
    return answer.body;
  }

  /** A group of the shop's own with John in it. */
  async function newGroup(subject = 'Customers') {
    const { group } = await ok('POST', '', { subject, participants: [john.number] });
    const { chatId } = group as { chatId: string };
    return { chatId, seen: () => theGroup(chatId) };
  }

  function theGroup(chatId: string) {
    const found = simulator.groups.all().find(({ jid }) => jid === chatId);
    if (!found) throw new Error(`there is no group ${chatId}`);
    return found;
  }

  it('are created with people in any form of number, each with an outcome', async () => {
    const answer = await ok('POST', '', {
      subject: ' Friends ',
      participants: ['+55 11 88888-8888', ana.lid, shy.number, '4915112345678'],
    });
    expect(answer).toMatchObject({
      group: {
        subject: 'Friends',
        ownRole: 'superadmin',
        size: 3,
        owner: person(shop),
        memberAddMode: 'admins',
        announce: false,
        ephemeralSeconds: 0,
      },
      participants: [
        { input: '+55 11 88888-8888', ...person(john), success: true, outcome: 'done' },
        { input: ana.lid, lid: ana.lid, success: true, outcome: 'done' },
        {
          ...person(shy),
          success: false,
          outcome: 'privacy',
          invite: { code: expect.any(String), expiresAt: expect.any(String) },
        },
        { input: '4915112345678', chatId: null, success: false, outcome: 'not_on_whatsapp' },
      ],
    });
    const { chatId, participants } = answer['group'] as {
      chatId: string;
      participants: { phone: string }[];
    };
    const inside = participants.map(({ phone }) => phone).sort();
    expect(inside).toEqual([shop, john, ana].map(({ number }) => number).sort());
    const { items } = (await ok('GET', '')) as { items: { chatId: string }[] };
    expect(items.find((item) => item.chatId === chatId)).toMatchObject({
      subject: 'Friends',
      size: 3,
      ownRole: 'superadmin',
    });
    expect(items[0]).not.toHaveProperty('participants');
  });

  it('are read often without WhatsApp being asked, and are never out of date', async () => {
    const { chatId, seen } = await newGroup();
    const questions = () => simulator.ledger.query({ tag: 'iq', type: 'get' }).length;
    await ok('GET', `/${chatId}`);
    await ok('GET', `/${chatId}`);
    const before = questions();
    for (let i = 0; i < 5; i++) {
      expect(await ok('GET', `/${chatId}`)).toMatchObject({ subject: 'Customers', size: 2 });
    }
    expect(questions()).toBe(before);
    seen().promote(shop, john);
    seen().change(john, { subject: 'Renamed by John' });
    await expect
      .poll(async () => (await ok('GET', `/${chatId}`))['subject'])
      .toBe('Renamed by John');
  });

  it('change their subject, description and settings', async () => {
    const { chatId, seen } = await newGroup();
    const wanted = {
      subject: 'Best customers',
      description: 'Be nice',
      announce: true,
      locked: true,
      joinApproval: true,
      memberAddMode: 'everyone',
      ephemeralSeconds: 604_800,
    };
    expect(await ok('PATCH', `/${chatId}`, wanted)).toMatchObject(wanted);
    expect(seen().group).toMatchObject({
      subject: { text: 'Best customers' },
      description: { text: 'Be nice' },
      announce: true,
      locked: true,
      approval: true,
      memberAddMode: 'all_member_add',
      ephemeralS: 604_800,
    });
    const back = { description: null, announce: false, locked: false, ephemeralSeconds: 0 };
    expect(await ok('PATCH', `/${chatId}`, back)).toMatchObject({ ...wanted, ...back });
    expect(seen().group).toMatchObject({ description: null, announce: false, ephemeralS: 0 });
  });

  it('describe themselves anew after somebody else did', async () => {
    const { chatId, seen } = await newGroup();
    await ok('PATCH', `/${chatId}`, { description: 'first' });
    seen().promote(shop, john);
    seen().change(john, { description: "John's" });
    expect(await ok('PATCH', `/${chatId}`, { description: 'last' })).toMatchObject({
      description: 'last',
    });
    expect(seen().group.description?.text).toBe('last');
  });

  it('take people in and out and change their roles, each with an outcome', async () => {
    const { chatId, seen } = await newGroup();
    const act = async (path: string, ...participants: string[]) =>
      (await ok('POST', `/${chatId}/${path}`, { participants }))['participants'];
    expect(
      await act('participants', john.number, ana.number, shy.number, '4915112345678'),
    ).toMatchObject([
      { outcome: 'already_in_group' },
      { ...person(ana), outcome: 'done' },
      { outcome: 'privacy', invite: { code: expect.any(String) } },
      { outcome: 'not_on_whatsapp' },
    ]);
    expect(await act('participants/promote', ana.lid, shy.number)).toMatchObject([
      { lid: ana.lid, outcome: 'done' },
      { outcome: 'not_in_group' },
    ]);
    const roles = () => seen().members.map(({ account, role }) => [account.name, role]);
    expect(roles()).toContainEqual(['Ana', 'admin']);
    expect(await ok('GET', `/${chatId}`)).toMatchObject({
      participants: expect.arrayContaining([{ ...person(ana), role: 'admin' }]),
    });
    expect(await act('participants/demote', ana.number)).toMatchObject([{ outcome: 'done' }]);
    expect(await act('participants/remove', ana.jid, john.lid)).toMatchObject([
      { outcome: 'done' },
      { outcome: 'done' },
    ]);
    expect(roles()).toEqual([['The shop', 'superadmin']]);
  });

  it('have a picture', async () => {
    const { chatId, seen } = await newGroup();
    const path = `${base}/${chatId}/picture`;
    expect((await gateway.call('GET', path)).body['code']).toBe('picture_not_found');
    const url = `data:image/png;base64,${(await redPng()).toString('base64')}`;
    await ok('PUT', `/${chatId}/picture`, { url });
    const set = await sharp(seen().group.picture?.image).metadata();
    expect(set).toMatchObject({ format: 'jpeg', width: 640, height: 640 });
    const { status, headers, bytes } = await fetchFile(gateway, path);
    expect([status, headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(bytes).toEqual(Buffer.from(seen().group.picture?.image ?? []));
    await ok('DELETE', `/${chatId}/picture`);
    expect(seen().group.picture).toBeNull();
  });

  it('are joined by their invite link, which can be made invalid', async () => {
    const group = simulator.groups.create(john, 'Open house', [ana]);
    const link = `https://chat.whatsapp.com/${group.inviteCode}`;
    expect(await ok('GET', `/invites/${encodeURIComponent(link)}`)).toMatchObject({
      chatId: group.jid,
      subject: 'Open house',
      size: 2,
      ownRole: null,
    });
    expect(await ok('POST', '/join', { invite: link })).toEqual({
      chatId: group.jid,
      joined: true,
    });
    const again = await gateway.call('POST', `${base}/join`, { invite: group.inviteCode });
    expect([again.status, again.body['code']]).toEqual([409, 'already_in_group']);
    await ok('POST', `/${group.jid}/leave`);
    expect(group.members).toHaveLength(2);

    const own = await newGroup();
    const first = await ok('GET', `/${own.chatId}/invite`);
    expect(first).toEqual({
      code: own.seen().inviteCode,
      link: `https://chat.whatsapp.com/${own.seen().inviteCode}`,
    });
    const second = await ok('POST', `/${own.chatId}/invite/revoke`);
    expect(second).toMatchObject({ code: own.seen().inviteCode });
    expect(second).not.toEqual(first);
    const gone = await gateway.call('GET', `${base}/invites/${String(first['code'])}`);
    expect([gone.status, gone.body['code']]).toEqual([404, 'invite_invalid']);
  });

  it('let people in who ask', async () => {
    const { chatId, seen } = await newGroup();
    await ok('PATCH', `/${chatId}`, { joinApproval: true });
    const cleo = simulator.accounts.create({ name: 'Cleo' });
    seen().joinByInvite(ana);
    seen().joinByInvite(cleo);
    const { items } = (await ok('GET', `/${chatId}/requests`)) as { items: { chatId: string }[] };
    expect(items).toContainEqual({
      ...person(ana),
      requestedAt: expect.any(String),
      method: 'invite_link',
    });
    const decide = async (path: string, ...participants: string[]) =>
      (await ok('POST', `/${chatId}/requests/${path}`, { participants }))['participants'];
    expect(await decide('approve', ana.number, shy.number)).toMatchObject([
      { outcome: 'done' },
      { outcome: 'no_request' },
    ]);
    expect(await decide('reject', cleo.number)).toMatchObject([{ outcome: 'done' }]);
    expect(seen().members.map(({ account }) => account.name)).toContain('Ana');
    expect(seen().requests).toEqual([]);
    const closed = simulator.groups.create(john, 'By approval', [ana]);
    closed.change(john, { approval: true });
    expect(await ok('POST', '/join', { invite: closed.inviteCode })).toEqual({
      chatId: closed.jid,
      joined: false,
    });
  });

  it('say what is wrong', async () => {
    const { chatId } = await newGroup();
    const foreign = simulator.groups.create(john, 'Not ours', [ana]).jid;
    const ruled = simulator.groups.create(john, 'Ruled by John', [shop, ana]);
    ruled.change(john, { locked: true });
    const people = { participants: [ana.number] };
    const group = `/${chatId}`;
    const table: [string, string, unknown, number, string][] = [
      ['GET', '/not-a-group', undefined, 400, 'invalid_recipient'],
      ['GET', `/${john.number}`, undefined, 400, 'invalid_recipient'],
      ['GET', '/120363999999999999@g.us', undefined, 404, 'group_not_found'],
      ['GET', `/${foreign}`, undefined, 403, 'group_forbidden'],
      ['GET', `/${foreign}/picture`, undefined, 403, 'hidden_by_privacy'],
      ['PATCH', `/${ruled.jid}`, { subject: 'Mine' }, 403, 'group_forbidden'],
      ['GET', `/${ruled.jid}/invite`, undefined, 403, 'group_forbidden'],
      ['POST', `/${ruled.jid}/participants/remove`, people, 403, 'group_forbidden'],
      ['PUT', `/${ruled.jid}/picture`, { base64: 'AAAA' }, 422, 'media_wrong_type'],
      ['POST', '/120363999999999999@g.us/leave', undefined, 404, 'group_not_found'],
      ['PATCH', group, {}, 400, 'invalid_request'],
      ['PATCH', group, { subject: ' ' }, 400, 'empty_text'],
      ['PATCH', group, { subject: 'x'.repeat(101) }, 400, 'text_too_long'],
      ['PATCH', group, { announce: 'yes' }, 400, 'wrong_type'],
      ['PATCH', group, { ephemeralSeconds: 5 }, 400, 'invalid_request'],
      ['PATCH', group, { owner: john.number }, 400, 'unknown_field'],
      ['POST', '', { subject: 'x' }, 400, 'missing_field'],
      ['POST', '', { subject: 'x', participants: [] }, 400, 'invalid_request'],
      ['POST', '', { subject: 'x', participants: ['Ana'] }, 400, 'invalid_recipient'],
      ['POST', `${group}/participants`, { participants: [foreign] }, 400, 'invalid_recipient'],
      ['POST', `${group}/participants/ban`, people, 404, 'route_not_found'],
      ['PUT', `${group}/picture`, {}, 400, 'missing_field'],
      ['PUT', `${group}/picture`, { url: 'http://10.0.0.1/a.png' }, 422, 'url_not_allowed'],
      ['POST', '/join', { invite: 'https://example.com/x' }, 404, 'invite_invalid'],
      ['POST', '/join', { invite: 'AAAAAAAAAAAAAAAAAAAAAA' }, 404, 'invite_invalid'],
      ['POST', '/join', {}, 400, 'missing_field'],
    ];
    const found = [];
    for (const [method, path, body] of table) {
      const answer = await gateway.call(method, base + path, body);
      found.push([method, path, body, answer.status, answer.body['code']]);
    }
    expect(found).toEqual(table);
    const named = await gateway.call('POST', `${base}${group}/participants`, {
      participants: [john.number, 'Ana'],
    });
    expect(named.body['errors']).toMatchObject([{ field: '/participants/1' }]);
  });

  it('say what was changed before something could not be', async () => {
    const group = simulator.groups.create(john, 'Half', [shop]);
    const { status, body } = await gateway.call('PATCH', `${base}/${group.jid}`, {
      subject: 'Half done',
      announce: true,
    });
    expect([status, body['code']]).toEqual([403, 'group_forbidden']);
    expect(body['detail']).toContain('Changed: subject. Not changed: announce.');
    expect(group.subject).toBe('Half done');
  });

  it('answer that WhatsApp wants to be asked less, and that the session is away', async () => {
    const { chatId } = await newGroup();
    simulator.faults.add({ kind: 'rate-overlimit', account: shop.number, times: 1 });
    const limited = await gateway.call('GET', base);
    expect([limited.status, limited.body['code']]).toEqual([429, 'whatsapp_rate_limited']);
    await gateway.call('POST', '/sessions/shop/stop');
    for (const path of ['', `/${chatId}`, `/${chatId}/picture`]) {
      const away = await gateway.call('GET', base + path);
      expect([away.status, away.body['code']]).toEqual([503, 'whatsapp_unreachable']);
    }
    simulator.violations.assertNone();
  });
});
