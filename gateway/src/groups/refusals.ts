import type { Refusals } from '../contacts/asking.ts';

const FORBIDDEN = [
  'group_forbidden',
  'The number is not in the group, or only admins may do this.',
] as const;

/** What WhatsApp's refusals mean for a request about one group. */
export const GROUP_REFUSALS: Refusals = {
  401: FORBIDDEN,
  403: FORBIDDEN,
  404: ['group_not_found', 'WhatsApp knows no group with this id, or hides it from this number.'],
  406: ['invalid_request', 'WhatsApp does not accept the value for a group.'],
  419: ['group_full', 'WhatsApp allows no more people in it, or no more groups.'],
};

const INVALID = [
  'invite_invalid',
  'The invite is mistyped, was revoked, or is not meant for this number. Ask for a new link.',
] as const;

/** What they mean for a request about an invite. */
export const INVITE_REFUSALS: Refusals = {
  400: INVALID,
  401: INVALID,
  403: INVALID,
  404: INVALID,
  406: INVALID,
  409: ['already_in_group', 'The number is in this group already.'],
  410: INVALID,
  419: GROUP_REFUSALS[419] ?? INVALID,
};
