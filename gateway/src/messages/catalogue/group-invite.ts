import { z } from 'zod';
import { parseRecipient } from '../../contacts/recipient.ts';
import { contentType, shownText, textOrNull } from './content-type.ts';

/** A few more than the 20 to 24 characters that codes have today. */
const CODE = /^[A-Za-z0-9_-]{8,64}$/;

export const groupInvite = contentType({
  name: 'group-invite',
  summary: 'An invitation into a group, for one person whom their privacy keeps from being added',
  fields: {
    group: z.string().min(1).max(128).describe('Id of the group'),
    name: shownText(100).describe('Its name, as the card shows it'),
    invite: z
      .strictObject({
        code: z.string().regex(CODE, 'Is not the code of an invite'),
        expiresAt: z.iso.datetime({ offset: true }),
      })
      .describe('As it was answered when that person was to be added'),
    caption: z.string().max(1024).describe('A text of yours under the card').optional(),
  },
  check: ({ group }, report) => {
    if (parseRecipient(group).kind === 'group') return;
    report('group', 'Is not the id of a group, such as 120363012345678901@g.us');
  },
  build: ({ group, name, invite: { code, expiresAt }, caption }) => ({
    type: 'group_invite',
    groupId: group.trim(),
    name,
    code,
    expiresMs: Date.parse(expiresAt),
    caption: textOrNull(caption),
  }),
  examples: [
    {
      group: '120363041234567890@g.us',
      name: 'Customers',
      invite: { code: 'Jx3fTa9QmPb2Wq7LrYk5Zd', expiresAt: '2026-12-01T18:00:00Z' },
      caption: 'Come in!',
    },
  ],
});
