import type { Migration } from '../migrate.ts';
import { initialSchema } from './0001-initial-schema.ts';
import { outboxSchema } from './0002-outbox.ts';
import { accessSchema } from './0003-access.ts';
import { historySchema } from './0004-history.ts';
import { mediaSchema } from './0005-media.ts';
import { optOutSchema } from './0006-opt-outs.ts';
import { templateSchema } from './0007-templates.ts';
import { bulkSchema } from './0008-bulk.ts';
import { scheduleSchema } from './0009-schedules.ts';
import { identitySchema } from './0010-identities.ts';
import { proxySchema } from './0011-proxies.ts';
import { contactSchema } from './0012-contacts.ts';
import { scheduleRequestSchema } from './0013-schedule-requests.ts';
import { chatSchema } from './0014-chats.ts';
import { readMarkSchema } from './0015-read-marks.ts';
import { pastMessageSchema } from './0016-past-messages.ts';
import { settingsToldSchema } from './0017-settings-told.ts';

/** Every step of the schema, in order. */
export const migrations: readonly Migration[] = [
  initialSchema,
  outboxSchema,
  accessSchema,
  historySchema,
  mediaSchema,
  optOutSchema,
  templateSchema,
  bulkSchema,
  scheduleSchema,
  identitySchema,
  proxySchema,
  contactSchema,
  scheduleRequestSchema,
  chatSchema,
  readMarkSchema,
  pastMessageSchema,
  settingsToldSchema,
];
