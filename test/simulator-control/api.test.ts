import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { withControl } from './support.ts';

describe('the control API', () => {
  const { world, call } = withControl();

  const twoPeople = async () => {
    await call('POST', '/api/accounts', { number: '15550001000', name: 'The shop' });
    await call('POST', '/api/accounts', { number: '15550100000', name: 'John Doe' });
  };

  it('tells what clients need, and describes itself', async () => {
    const { simulator } = world;
    const info = await call('GET', '/api/info');
    expect(info.body).toMatchObject({ whatsappUrl: simulator.url, rootKey: simulator.rootKeyHex });
    const authority = await call('GET', '/media-ca.pem');
    expect(authority.body['text']).toBe(simulator.mediaCaPem);
    const reference = await call('GET', '/docs/openapi.json');
    expect(reference.body).toMatchObject({ openapi: '3.1.0' });
    expect(Object.keys(reference.body['paths'] as object)).toContain('/api/accounts/{number}/scan');
  });

  it('creates accounts, and says what is wrong with a request', async () => {
    const created = await call('POST', '/api/accounts', { number: '15550001000', name: 'Shop' });
    expect(created).toMatchObject({ status: 201, body: { name: 'Shop', devices: [], unread: 0 } });
    const taken = await call('POST', '/api/accounts', { number: '15550001000' });
    expect(taken).toMatchObject({ status: 409, body: { code: 'account_exists' } });
    expect(taken.type).toContain('application/problem+json');
    const wrong = await call('POST', '/api/accounts', { number: 'abc' });
    expect(wrong).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ field: '/number' }] },
    });
    expect((await call('GET', '/api/accounts/1999')).body['code']).toBe('account_not_found');
    expect((await call('GET', '/api/nothing')).body['code']).toBe('route_not_found');
    const broken = await call('POST', '/api/accounts', '{', { 'content-type': 'application/json' });
    expect(broken.body['code']).toBe('invalid_json');
    const huge = await call('POST', '/api/accounts', { name: 'x'.repeat(2 ** 20) });
    expect(huge.body['code']).toBe('payload_too_large');
  });

  it('sends every way of content, waits for it and shows its states', async () => {
    await twoPeople();
    const sent = await call('POST', '/api/accounts/15550100000/messages', {
      to: '15550001000',
      text: 'Hello',
    });
    expect(sent.status).toBe(201);
    const id = String(sent.body['id']);
    const arrived = await call('GET', '/api/accounts/15550001000/messages/wait?text=Hello');
    expect(arrived.body).toMatchObject({ id, fromMe: false, state: null, readAt: null });
    const late = await call('GET', '/api/accounts/15550001000/messages/wait?text=No&timeoutMs=1');
    expect(late).toMatchObject({ status: 504, body: { code: 'wait_timeout' } });

    const answer = await call('POST', '/api/accounts/15550001000/messages', {
      to: '15550100000',
      content: { type: 'text', text: 'Yes?', quoted: { id } },
    });
    expect(answer.body['content']).toMatchObject({ quoted: { id, content: { text: 'Hello' } } });
    const reaction = { type: 'reaction', target: { id }, emoji: '👍' };
    const reacted = await call('POST', '/api/accounts/15550001000/messages', {
      to: '15550100000',
      content: reaction,
    });
    expect(reacted.body).toMatchObject({ type: 'reaction', text: '👍' });

    await call('POST', '/api/accounts/15550001000/chats/15550100000/read');
    const path = `/api/accounts/15550100000/messages/${id}/wait?state=read`;
    expect((await call('GET', path)).body['state']).toBe('read');
    const chats = await call('GET', '/api/accounts/15550001000/chats');
    expect(chats.body['chats']).toMatchObject([{ name: 'John Doe', unread: 0 }]);
    const unknown = await call('POST', '/api/accounts/15550001000/messages', {
      to: '15550100000',
      content: { ...reaction, target: { id: 'nobody' } },
    });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'message_not_found' } });
    const nobody = await call('POST', '/api/accounts/15550001000/messages', {
      to: '1999',
      text: 'x',
    });
    expect(nobody.status).toBe(400);
  });

  it('carries files both ways, and lets them expire', async () => {
    await twoPeople();
    const file = Buffer.from('<svg onload="alert(1)"/>');
    const media = { base64: file.toString('base64') };
    const sent = await call('POST', '/api/accounts/15550100000/messages', {
      to: '15550001000',
      content: { type: 'document', media, mimetype: 'image/svg+xml', fileName: 'x.svg' },
    });
    const path = `/api/accounts/15550001000/messages/${String(sent.body['id'])}`;
    await call('GET', '/api/accounts/15550001000/messages/wait?type=document');
    const opened = await call('GET', `${path}/media`);
    expect(opened.body['text']).toBe(file.toString());
    // It could carry a script: no browser may show it in place.
    expect(opened.type).toContain('application/octet-stream');
    expect((await call('DELETE', `${path}/media`)).status).toBe(204);
    expect((await call('GET', `${path}/media`)).body['code']).toBe('media_not_found');
    const bad = await call('POST', '/api/accounts/15550100000/messages', {
      to: '15550001000',
      content: { type: 'image', media: { base64: 'not base64!' } },
    });
    expect(bad.status).toBe(400);
  });

  it('makes groups, and refuses what their members may not do', async () => {
    await twoPeople();
    const made = await call('POST', '/api/groups', {
      by: '15550100000',
      subject: 'Trip',
      members: ['15550001000'],
    });
    expect(made.status).toBe(201);
    const jid = String(made.body['jid']);
    const members = `/api/groups/${jid}/members`;
    const denied = await call('POST', members, {
      by: '15550001000',
      action: 'remove',
      members: ['15550100000'],
    });
    expect(denied).toMatchObject({ status: 403, body: { code: 'not_allowed' } });
    const promoted = await call('POST', members, {
      by: '15550100000',
      action: 'promote',
      members: ['15550001000'],
    });
    expect(promoted.body['results']).toEqual([{ number: '15550001000', outcome: 200 }]);
    const changed = await call('PATCH', `/api/groups/${jid}`, {
      by: '15550001000',
      subject: 'Long trip',
      announce: true,
    });
    expect(changed.body).toMatchObject({ subject: 'Long trip', announce: true });
    expect((await call('GET', '/api/groups/1@g.us')).body['code']).toBe('group_not_found');
  });

  it('switches faults on and off', async () => {
    const kinds = (await call('GET', '/api/faults')).body['kinds'] as { kind: string }[];
    expect(kinds.map(({ kind }) => kind)).toContain('nack');
    const added = await call('POST', '/api/faults', { kind: 'nack', code: 463, times: 2 });
    expect(added).toMatchObject({ status: 201, body: { fault: { code: 463 }, hits: 0 } });
    const path = `/api/faults/${String(added.body['id'])}`;
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('DELETE', path)).body['code']).toBe('fault_not_found');
    expect((await call('POST', '/api/faults', { kind: 'gremlins' })).status).toBe(400);
  });

  it('starts anew', async () => {
    await twoPeople();
    expect((await call('POST', '/api/reset')).status).toBe(200);
    expect((await call('GET', '/api/accounts')).body['accounts']).toEqual([]);
  });

  it('serves no page of another origin, and no foreign name', async () => {
    const foreign = await call('POST', '/api/reset', undefined, { origin: 'https://evil.example' });
    expect(foreign).toMatchObject({ status: 403, body: { code: 'foreign_origin' } });
    // `fetch` does not let its caller choose the host.
    const status = await new Promise((resolve, reject) => {
      const url = `${world.simulator.controlUrl}/api/info`;
      request(url, { headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});
