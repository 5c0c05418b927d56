import { type Account, accountJid } from '../../accounts/account.ts';
import {
  childNamed,
  childrenNamed,
  childrenOf,
  type Stanza,
  stanza,
  textOf,
} from '../../wire/stanza.ts';
import { notifyDevices } from '../notices.ts';
import { setAbout, setBlocked, setDisappearing } from '../profile.ts';
import { BAD_REQUEST, type IqAnswer, type IqRoutes } from '../router.ts';
import type { Origin, World } from '../world.ts';

/** What an account keeps at the server about itself: privacy, blocked people, "about", trust. */
export const accountRoutes: IqRoutes = {
  'blocklist get': (world, origin) => ({ content: [blocklist(world, origin.account)] }),
  'blocklist set item': changeBlocklist,
  'privacy get privacy': (_world, origin) => ({
    content: [
      stanza(
        'privacy',
        {},
        [...origin.account.privacy].map(([name, value]) => stanza('category', { name, value })),
      ),
    ],
  }),
  'privacy set privacy': changePrivacy,
  'privacy set tokens': issueTokens,
  'status set status': (world, origin, iq) => {
    setAbout(world, origin.account, textOf(childNamed(iq, 'status')), origin.deviceId);
    return {};
  },
  'disappearing_mode set disappearing_mode': (world, origin, iq) => {
    const duration = Number(childNamed(iq, 'disappearing_mode')?.attrs['duration'] ?? 0);
    setDisappearing(world, origin.account, duration, origin.deviceId);
    return {};
  },
};

const SHOWN_TO = ['all', 'contacts', 'contact_blacklist', 'none'];

/** What each category of privacy can be set to. */
const PRIVACY: ReadonlyMap<string, readonly string[]> = new Map([
  ['last', SHOWN_TO],
  ['profile', SHOWN_TO],
  ['status', SHOWN_TO],
  ['online', ['all', 'match_last_seen']],
  ['readreceipts', ['all', 'none']],
  ['groupadd', ['all', 'contacts', 'contact_blacklist', 'none']],
  ['calladd', ['all', 'known']],
  ['messages', ['all', 'contacts']],
]);

/** Changes all of the named categories, or none when one of them is unknown or cannot be so. */
function changePrivacy(_world: World, { account }: Origin, iq: Stanza): IqAnswer {
  const changed = childrenOf(childNamed(iq, 'privacy')).map(({ attrs }) => {
    const { name = '', value = '' } = attrs;
    return { name, value };
  });
  if (changed.some(({ name, value }) => !PRIVACY.get(name)?.includes(value))) {
    return { error: BAD_REQUEST };
  }
  for (const { name, value } of changed) account.privacy.set(name, value);
  const categories = changed.map((attrs) => stanza('category', attrs));
  return { content: [stanza('privacy', {}, categories)] };
}

function blocklist(world: World, account: Account): Stanza {
  const items = [...account.blocked].map((lid) => {
    const other = world.directory.find(`${lid}@lid`);
    return stanza('item', {
      jid: `${lid}@lid`,
      pn_jid: other ? accountJid(other, 'pn') : undefined,
    });
  });
  return stanza('list', {}, items);
}

function changeBlocklist(world: World, origin: Origin, iq: Stanza): IqAnswer {
  const { action, jid } = childNamed(iq, 'item')?.attrs ?? {};
  const other = world.directory.find(jid);
  if (!other || (action !== 'block' && action !== 'unblock')) return { error: BAD_REQUEST };
  setBlocked(world, origin.account, other, action === 'block', origin.deviceId);
  return { content: [blocklist(world, origin.account)] };
}

/** Gives tokens to people; whoever has given one to the account in turn is in the answer. */
function issueTokens(world: World, origin: Origin, iq: Stanza): IqAnswer {
  const given = childrenNamed(childNamed(iq, 'tokens'), 'token').flatMap(({ attrs }) => {
    const holder = world.directory.find(attrs['jid']);
    if (!holder || attrs['type'] !== 'trusted_contact') return [];
    giveToken(world, origin.account, holder, Number(attrs['t'] ?? 0));
    const token = world.tokens.find(holder, origin.account);
    if (!token) return [];
    const known = { jid: attrs['jid'], t: String(token.issuedS), type: 'trusted_contact' };
    return [stanza('token', known, token.bytes)];
  });
  return { content: [stanza('tokens', {}, given)] };
}

/** `holder` may write to `issuer` from now on; its devices are told the token. */
export function giveToken(world: World, issuer: Account, holder: Account, issuedS: number): void {
  if (issuer === holder) return;
  const token = world.tokens.issue(issuer, holder, issuedS);
  const attrs = {
    jid: accountJid(holder, 'pn'),
    t: String(token.issuedS),
    type: 'trusted_contact',
  };
  notifyDevices(
    world,
    holder,
    {
      from: accountJid(issuer, 'pn'),
      sender_lid: accountJid(issuer, 'lid'),
      type: 'privacy_token',
    },
    [stanza('tokens', {}, [stanza('token', attrs, token.bytes)])],
  );
}
