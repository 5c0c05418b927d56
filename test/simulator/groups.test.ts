import { describe, expect, it } from 'vitest';
import { withWorld } from './support/world.ts';

describe.each(['lid', 'pn'] as const)('groups that name members by %s', (addressing) => {
  const world = withWorld();

  async function start() {
    world.simulator.configure({ groupAddressing: addressing });
    const shop = world.simulator.accounts.create({ name: 'Shop' });
    const ann = world.simulator.accounts.create({ name: 'Ann' });
    const ben = world.simulator.accounts.create({ name: 'Ben' });
    const { client } = await world.linked(shop);
    const nameOf = (account: typeof ann) => (addressing === 'lid' ? account.lid : account.jid);
    return { shop, ann, ben, client, nameOf };
  }

  it('are created by a client, and messages go both ways', async () => {
    const { shop, ann, ben, client, nameOf } = await start();
    const created = await client.socket.groupCreate('Customers', [ann.jid, ben.jid]);
    expect(created).toMatchObject({ subject: 'Customers', addressingMode: addressing });
    expect(created.participants.map(({ id }) => id).sort()).toEqual(
      [shop, ann, ben].map(nameOf).sort(),
    );
    await client.event('groups.upsert', (all) => all.some(({ id }) => id === created.id));

    await client.socket.sendMessage(created.id, { text: 'hello all' });
    const atAnn = await ann.phone.waitForMessage();
    expect(atAnn).toMatchObject({ chat: created.id, sender: shop.jid, text: 'hello all' });
    await ben.phone.waitForMessage(({ text }) => text === 'hello all');

    const sent = await ann.phone.send(created.id, 'hello shop');
    const received = await client.text('hello shop');
    expect(received.key).toMatchObject({
      remoteJid: created.id,
      participant: nameOf(ann),
      participantAlt: addressing === 'lid' ? ann.jid : ann.lid,
    });
    await ann.phone.waitForState(sent.id, 'delivered');
    // The second message needs no new keys.
    await client.socket.sendMessage(created.id, { text: 'again' });
    await ben.phone.waitForMessage(({ text }) => text === 'again');
    await ben.phone.send(created.id, 'from Ben');
    await client.text('from Ben');
    await ann.phone.waitForMessage(({ text }) => text === 'from Ben');
    world.simulator.violations.assertNone();
  });

  it('tell their members what changes', async () => {
    const { shop, ann, ben, client, nameOf } = await start();
    const group = world.simulator.groups.create(ann, 'Friends', [shop]);
    await client.event('groups.upsert', (all) => all.some(({ id }) => id === group.jid));
    // One at a time: of several changes that come at once, this client reports only the first.
    group.change(ann, { subject: 'Good friends' });
    await client.event('groups.update', (all) =>
      all.some((update) => update.subject === 'Good friends'),
    );
    group.change(ann, { description: 'be nice' });
    await client.event('groups.update', (all) => all.some((update) => update.desc === 'be nice'));
    group.change(ann, { announce: true });
    await client.event('groups.update', (all) => all.some((update) => update.announce === true));
    group.add(ann, ben);
    const added = await client.event(
      'group-participants.update',
      ({ action, id }) => action === 'add' && id === group.jid,
    );
    expect(added.participants[0]).toMatchObject({ id: nameOf(ben) });
    group.promote(ann, shop);
    await client.event('group-participants.update', ({ action }) => action === 'promote');
    const metadata = await client.socket.groupMetadata(group.jid);
    expect(metadata).toMatchObject({ subject: 'Good friends', desc: 'be nice', announce: true });
    expect(metadata.participants).toHaveLength(3);
    group.remove(ann, shop);
    await client.event('group-participants.update', ({ action }) => action === 'remove');
    await expect(client.socket.groupMetadata(group.jid)).rejects.toThrow('forbidden');
    world.simulator.violations.assertNone();
  });

  it('are managed by a client that is admin', async () => {
    const { ann, ben, client, nameOf } = await start();
    const { socket } = client;
    const { id } = await socket.groupCreate('Team', [ann.jid]);
    await socket.groupUpdateSubject(id, 'The team');
    await socket.groupUpdateDescription(id, 'what we do');
    await socket.groupUpdateDescription(id, 'what we really do');
    await socket.groupSettingUpdate(id, 'locked');
    await socket.groupSettingUpdate(id, 'announcement');
    await socket.groupToggleEphemeral(id, 86_400);
    await socket.groupMemberAddMode(id, 'all_member_add');
    await socket.groupJoinApprovalMode(id, 'on');
    const [added] = await socket.groupParticipantsUpdate(id, [nameOf(ben)], 'add');
    expect(added?.status).toBe('200');
    const [again] = await socket.groupParticipantsUpdate(id, [nameOf(ben)], 'add');
    expect(again?.status).toBe('409');
    await socket.groupParticipantsUpdate(id, [nameOf(ben)], 'promote');
    await socket.groupParticipantsUpdate(id, [nameOf(ben)], 'demote');
    await socket.groupParticipantsUpdate(id, [nameOf(ben)], 'remove');
    await expect(socket.groupMetadata(id)).resolves.toMatchObject({
      subject: 'The team',
      desc: 'what we really do',
      restrict: true,
      announce: true,
      ephemeralDuration: 86_400,
      memberAddMode: true,
      joinApprovalMode: true,
      size: 2,
    });
    expect(Object.keys(await socket.groupFetchAllParticipating())).toEqual([id]);
    await socket.groupLeave(id);
    expect(Object.keys(await socket.groupFetchAllParticipating())).toEqual([]);
    expect(world.simulator.groups.find(id)?.members[0]?.role).toBe('admin');
    world.simulator.violations.assertNone();
  });

  it('let people in by invite links, at once or after a decision', async () => {
    const { shop, ann, ben, client } = await start();
    const { socket } = client;
    const open = world.simulator.groups.create(ann, 'Open', []);
    await expect(socket.groupGetInviteInfo(open.inviteCode)).resolves.toMatchObject({
      id: open.jid,
      subject: 'Open',
    });
    expect(await socket.groupAcceptInvite(open.inviteCode)).toBe(open.jid);
    expect(open.members.map(({ account }) => account.number)).toContain(shop.number);

    const { id } = await socket.groupCreate('Closed', []);
    const code = await socket.groupInviteCode(id);
    expect(await socket.groupRevokeInvite(id)).not.toBe(code);
    await socket.groupJoinApprovalMode(id, 'on');
    const closed = world.simulator.groups.find(id);
    expect(closed?.joinByInvite(ben)).toBe(false);
    const asked = await client.event('group.join-request', ({ action }) => action === 'created');
    expect(asked).toMatchObject({ id });
    const requests = await socket.groupRequestParticipantsList(id);
    expect(requests).toHaveLength(1);
    const jid = requests[0]?.['jid'] ?? '';
    const [decided] = await socket.groupRequestParticipantsUpdate(id, [jid], 'approve');
    expect(decided?.status).toBe('200');
    expect(closed?.members.map(({ account }) => account.name)).toContain('Ben');
    world.simulator.violations.assertNone();
  });

  it('are fetched again when the server says that they changed', async () => {
    const { shop, ann, client } = await start();
    const group = world.simulator.groups.create(ann, 'Friends', [shop]);
    await client.event('groups.upsert', (all) => all.some(({ id }) => id === group.jid));
    const fetched = client.event('groups.update', (all) => all.some(({ id }) => id === group.jid));
    shop.markGroupsDirty();
    expect(await fetched).toMatchObject([{ subject: 'Friends' }]);
    world.simulator.violations.assertNone();
  });

  it('answer a personal invitation when privacy keeps somebody from being added', async () => {
    const { ann, client, nameOf } = await start();
    const { socket } = client;
    ann.setPrivacy('groupadd', 'none');
    const { id } = await socket.groupCreate('Private', []);
    const [result] = await socket.groupParticipantsUpdate(id, [nameOf(ann)], 'add');
    expect(result?.status).toBe('403');
    expect(world.simulator.groups.find(id)?.members).toHaveLength(1);
  });
});
