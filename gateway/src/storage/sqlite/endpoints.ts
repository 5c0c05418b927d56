import type { Endpoint, EndpointHealth, WebhookStore } from '../../webhooks/store.ts';
import type { SqliteContext } from './context.ts';
import { openJson, type Place, type Sealer, sealJson } from './sealer.ts';

interface EndpointRow {
  id: string;
  workspace_id: string;
  url: string;
  form: Endpoint['form'];
  events: string;
  active: 0 | 1;
  created_at_ms: number;
  private: Uint8Array;
}

/** What may hold secrets: passwords, tokens, headers. Sealed as one value. */
type Private = Pick<Endpoint, 'secret' | 'basicAuth' | 'settings'>;

type EndpointMethods = Pick<
  WebhookStore,
  'endpoints' | 'saveEndpoint' | 'removeEndpoint' | 'healths' | 'saveHealth'
>;

const privatePlace = (id: string): Place => ['endpoints', id, 'private'];

/** Endpoints and how they have fared. */
export function createEndpointStore(context: SqliteContext): EndpointMethods {
  const { write, read, sealer, purger } = context;
  const sql = prepare(context);

  return {
    endpoints: () => read(() => sql.all.all().map((row) => toEndpoint(sealer, row))),
    saveEndpoint: (endpoint) =>
      write(() => {
        const { id, secret, basicAuth, settings } = endpoint;
        const hidden: Private = { secret, basicAuth, settings };
        sql.save.run(
          id,
          endpoint.workspaceId,
          endpoint.url,
          endpoint.form,
          JSON.stringify(endpoint.events),
          Number(endpoint.active),
          endpoint.createdAtMs,
          sealJson(sealer, hidden, privatePlace(id)),
        );
      }),
    async removeEndpoint(endpointId) {
      const ref = await write(() => {
        sql.remove.run(endpointId);
        sql.removeHealth.run(endpointId);
        const ref = sql.ref.get(endpointId);
        if (ref === undefined) return null;
        sql.removeRef.run(ref);
        purger.note('endpoint', ref);
        return ref;
      });
      if (ref !== null) await purger.run('endpoint', ref);
    },
    healths: () => read(() => sql.healths.all().map((text): EndpointHealth => JSON.parse(text))),
    saveHealth: (health) =>
      write(() => {
        sql.saveHealth.run(health.endpointId, JSON.stringify(health));
      }),
  };
}

function prepare({ writer, reader }: SqliteContext) {
  return {
    all: reader.prepare<[], EndpointRow>('SELECT * FROM endpoints ORDER BY created_at_ms, id'),
    save: writer.prepare(
      `INSERT INTO endpoints (id, workspace_id, url, form, events, active, created_at_ms, private)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET workspace_id = excluded.workspace_id, url = excluded.url,
         form = excluded.form, events = excluded.events, active = excluded.active,
         created_at_ms = excluded.created_at_ms, private = excluded.private`,
    ),
    remove: writer.prepare<[string]>('DELETE FROM endpoints WHERE id = ?'),
    removeHealth: writer.prepare<[string]>('DELETE FROM endpoint_healths WHERE endpoint_id = ?'),
    ref: writer.prepare<[string], number>('SELECT ref FROM endpoint_refs WHERE id = ?').pluck(),
    removeRef: writer.prepare<[number]>('DELETE FROM endpoint_refs WHERE ref = ?'),
    healths: reader
      .prepare<[], string>('SELECT health FROM endpoint_healths ORDER BY endpoint_id')
      .pluck(),
    saveHealth: writer.prepare(
      `INSERT INTO endpoint_healths (endpoint_id, health) VALUES (?, ?)
       ON CONFLICT (endpoint_id) DO UPDATE SET health = excluded.health`,
    ),
  };
}

function toEndpoint(sealer: Sealer, row: EndpointRow): Endpoint {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    url: row.url,
    form: row.form,
    events: JSON.parse(row.events),
    active: row.active === 1,
    createdAtMs: row.created_at_ms,
    ...(openJson(sealer, row.private, privatePlace(row.id)) as Private),
  };
}
