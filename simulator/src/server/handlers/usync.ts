import { type Account, accountJid, deviceIds } from '../../accounts/account.ts';
import { parseJid } from '../../accounts/jid.ts';
import {
  childNamed,
  childrenNamed,
  childrenOf,
  type Stanza,
  stanza,
  textOf,
} from '../../wire/stanza.ts';
import type { IqAnswer, IqRoutes } from '../router.ts';
import type { Origin, World } from '../world.ts';

/** "User sync": what the server knows about people, asked for many people at once. */
export const usyncRoutes: IqRoutes = { 'usync get usync': usync };

function usync(world: World, origin: Origin, iq: Stanza): IqAnswer {
  const request = childNamed(iq, 'usync');
  const wanted = childrenOf(childNamed(request, 'query')).map(({ tag }) => tag);
  const users = childrenNamed(childNamed(request, 'list'), 'user').map((user) =>
    answerUser(world, origin, user, wanted),
  );
  const { sid, mode, context } = request?.attrs ?? {};
  return {
    content: [
      stanza('usync', { sid, mode, context, index: '0', last: 'true' }, [
        stanza(
          'result',
          {},
          wanted.map((tag) => stanza(tag)),
        ),
        stanza('list', {}, users),
      ]),
    ],
  };
}

function answerUser(world: World, origin: Origin, user: Stanza, wanted: readonly string[]): Stanza {
  const asked = user.attrs['jid'];
  const dialled = textOf(childNamed(user, 'contact'));
  const digits = dialled.replace(/\D/g, '');
  const account = asked ? world.directory.find(asked) : world.directory.lookUpNumber(digits);
  const jid = asked ?? (account ? accountJid(account, 'pn') : `${digits}@s.whatsapp.net`);
  const byLid = parseJid(jid)?.server === 'lid';
  const answers = wanted.flatMap((tag) => {
    if (tag === 'contact') {
      const type = account ? 'in' : 'out';
      return [stanza('contact', { type }, dialled === '' ? undefined : dialled)];
    }
    return account ? answerFor(tag, account, origin, byLid) : [];
  });
  return stanza('user', { jid }, answers);
}

function answerFor(tag: string, account: Account, origin: Origin, byLid: boolean): Stanza[] {
  switch (tag) {
    case 'devices':
      return [stanza('devices', {}, [deviceList(account)])];
    case 'lid':
      // Who asks by LID knows it; a client would take this for the LID of a LID.
      return byLid ? [] : [stanza('lid', { val: accountJid(account, 'lid') })];
    case 'status':
      return [statusOf(account, origin)];
    case 'disappearing_mode': {
      const { durationS, setAtMs } = account.disappearing;
      const t = String(Math.floor(setAtMs / 1000));
      return [stanza('disappearing_mode', { duration: String(durationS), t })];
    }
    default:
      return [];
  }
}

function deviceList(account: Account): Stanza {
  const devices = deviceIds(account).map((id) =>
    stanza('device', id === 0 ? { id: '0' } : { id: String(id), 'key-index': String(id) }),
  );
  return stanza('device-list', {}, devices);
}

function statusOf(account: Account, origin: Origin): Stanza {
  const hidden =
    account !== origin.account &&
    (account.privacy.get('status') === 'none' || account.blocked.has(origin.account.lid));
  if (hidden) return stanza('status', { code: '401' });
  const t = String(Math.floor(account.about.setAtMs / 1000));
  return stanza('status', { t }, Buffer.from(account.about.text, 'utf8'));
}
