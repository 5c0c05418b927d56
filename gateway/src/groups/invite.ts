import { Problem } from '../kernel/errors.ts';

const LINK = 'https://chat.whatsapp.com/';
/** Codes have 20 to 24 of these today; a little more is allowed for. */
const CODE = /^[A-Za-z0-9_-]{8,64}$/;

export const inviteLink = (code: string): string => LINK + code;

/**
 * The code of an invite: given alone or as the link that people pass on. Throws `invite_invalid` when the
 * text cannot be one. Pure.
 */
export function readInvite(text: string): string {
  const code = text
    .trim()
    .replace(/^(?:https?:\/\/)?chat\.whatsapp\.com\/(?:invite\/)?/i, '')
    .replace(/[/?#].*$/, '');
  if (CODE.test(code)) return code;
  const message = `It is not an invite link, such as ${LINK}Jx3fTa9QmPb2Wq7LrYk5Zd, nor its last part.`;
  throw new Problem('invite_invalid', message, [{ field: '/invite', message }]);
}
