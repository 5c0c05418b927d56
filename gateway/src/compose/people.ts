import { join } from 'node:path';
import { createAsking } from '../contacts/asking.ts';
import { registerCheckRoutes } from '../contacts/check-routes.ts';
import { createContactList } from '../contacts/contact-list.ts';
import { registerContactListRoutes } from '../contacts/contact-list-routes.ts';
import { createPeople } from '../contacts/people.ts';
import { registerPeopleRoutes } from '../contacts/people-routes.ts';
import { createPictures } from '../contacts/pictures.ts';
import { createPrivacy } from '../contacts/privacy.ts';
import { registerPrivacyRoutes } from '../contacts/privacy-routes.ts';
import { registerProfileRoutes } from '../contacts/profile-routes.ts';
import type { Recipients } from '../contacts/recipients.ts';
import { createGroups } from '../groups/groups.ts';
import { registerInviteRoutes } from '../groups/invite-routes.ts';
import { registerMemberRoutes } from '../groups/member-routes.ts';
import { registerGroupPictureRoutes } from '../groups/picture-routes.ts';
import { registerGroupRoutes } from '../groups/routes.ts';
import type { App } from '../http/app.ts';
import type { Media } from '../messages/media.ts';
import type { Download } from '../net/download.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { Parts } from './parts.ts';
import { ids } from './system.ts';

/** People, groups, and what WhatsApp knows of them. */
export function composePeople(
  parts: Parts & {
    readonly sending: { readonly recipients: Recipients; readonly media: Media };
    readonly received: { readonly downloadFor: (key: SessionKey) => Promise<Download> };
  },
): { registerRoutes(app: App): void } {
  const { config, sessions, storage, sending, received } = parts;
  const { recipients, media } = sending;
  const { identities } = storage;
  const session = (workspaceId: string, id: string) => sessions.resolve(workspaceId, id).record;
  const asking = createAsking((key) => sessions.connectionOf(key));
  const pictures = createPictures({
    asking,
    media,
    downloadFor: received.downloadFor,
    folder: join(config.dataDir, 'outgoing'),
    ids,
  });
  const groups = createGroups({
    asking,
    recipients,
    identities,
    messages: storage.messages,
  });
  const contacts = createContactList({ store: storage.contacts, identities });
  const people = createPeople({ asking, recipients, identities });
  return {
    registerRoutes(app) {
      registerCheckRoutes(app, { recipients, session });
      registerContactListRoutes(app, { contacts, session });
      const peopleRoutes = { people, pictures, contacts, session };
      registerPeopleRoutes(app, peopleRoutes);
      registerProfileRoutes(app, peopleRoutes);
      registerPrivacyRoutes(app, { privacy: createPrivacy(asking), session });
      const groupRoutes = { groups, pictures, session };
      registerGroupRoutes(app, groupRoutes);
      registerMemberRoutes(app, groupRoutes);
      registerInviteRoutes(app, groupRoutes);
      registerGroupPictureRoutes(app, groupRoutes);
    },
  };
}
