import { join } from 'node:path';
import { createBulks } from '../bulk/bulks.ts';
import type { createEvents } from '../events/events.ts';
import { createConverter } from '../messages/converter.ts';
import { createMedia } from '../messages/media.ts';
import { createComposer } from '../messages/outgoing.ts';
import { createPreviews } from '../messages/preview/previews.ts';
import { createTemplates } from '../messages/templates/templates.ts';
import type { Uploads } from '../messages/uploads/uploads.ts';
import type { createOutbound } from '../net/outbound.ts';
import { presetPolicy } from '../outbox/pacing/policy.ts';
import { createSending } from '../outbox/sending.ts';
import { createSchedules } from '../schedule/schedules.ts';
import { rawCodec } from '../whatsapp/baileys/raw-message.ts';
import type { Parts } from './parts.ts';
import { clock, ids, random } from './system.ts';

/** From a validated request to the wire. */
export function composeSending(
  parts: Parts & {
    readonly events: ReturnType<typeof createEvents>;
    readonly outbound: ReturnType<typeof createOutbound>;
    readonly uploads: Uploads;
  },
) {
  const { config, logger, storage, sessions, events, outbound, uploads } = parts;
  const media = createMedia({ download: outbound.download, uploads, ids });
  const templates = createTemplates(storage.templates, clock);
  const composer = createComposer({
    media,
    convert: createConverter('ffmpeg', clock),
    previews: createPreviews({ request: outbound.request, clock }),
    templates,
    raw: config.allowRaw ? rawCodec : null,
    messages: storage.messages,
    history: storage.history,
    identities: storage.identities,
    clock,
  });
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const sending = createSending({
    defaultPolicy: presetPolicy(config.pacing, timeZone),
    storage,
    sessions,
    events,
    composer,
    uploads,
    mediaFolder: join(config.dataDir, 'outgoing'),
    discard: (file) => media.discard(file),
    timeZone,
    clock,
    random,
    logger,
  });
  const { outbox, sender, recipients } = sending;
  const system = { clock, random, ids, logger };
  const needs = { sessions, sender, events, ...system };
  const { bulks: store, pacing } = storage;
  const bulks = createBulks({ ...needs, store, pacing, outbox, recipients });
  const schedules = createSchedules({ ...needs, store: storage.schedules });
  return {
    ...sending,
    templates,
    media,
    bulks,
    schedules,
    async stop() {
      await Promise.all([bulks.stop(), schedules.stop()]);
      await outbox.stop();
    },
  };
}
