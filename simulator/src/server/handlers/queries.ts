import { QueryIds, XWAPaths } from 'baileys';
import type { BusinessProfile } from '../../accounts/account.ts';
import { bytesOf, childNamed, childrenNamed, type Stanza, stanza } from '../../wire/stanza.ts';
import type { IqAnswer, IqRoutes } from '../router.ts';
import { describeQuota, describeRestriction } from '../standing.ts';
import type { Origin, World } from '../world.ts';

/** Business profiles, and questions in GraphQL ("mex") about the account's own standing. */
export const queryRoutes: IqRoutes = {
  'w:biz get business_profile': (world, _origin, iq) => {
    const asked = childrenNamed(childNamed(iq, 'business_profile'), 'profile');
    const profiles = asked.flatMap(({ attrs }) => {
      const business = world.directory.find(attrs['jid'])?.business;
      return business ? [profileNode(attrs['jid'] ?? '', business)] : [];
    });
    return { content: [stanza('business_profile', { v: '244' }, profiles)] };
  },
  'w:mex get query': graphQuery,
  'bot get bot': () => ({
    content: [stanza('bot', { v: '2' }, [stanza('section', { type: 'all', name: 'All' }, [])])],
  }),
};

function profileNode(jid: string, business: BusinessProfile): Stanza {
  const { description, address, email, website, category } = business;
  const line = (tag: string, text: string | null) =>
    text === null ? [] : [stanza(tag, {}, Buffer.from(text))];
  return stanza('profile', { jid }, [
    ...line('address', address),
    ...line('description', description),
    ...line('website', website),
    ...line('email', email),
    ...(category === null
      ? []
      : [stanza('categories', {}, [stanza('category', { id: '1' }, Buffer.from(category))])]),
  ]);
}

function graphQuery(world: World, origin: Origin, iq: Stanza): IqAnswer {
  const query = childNamed(iq, 'query');
  const { standings, clock } = world;
  switch (query?.attrs['query_id']) {
    case QueryIds.REACHOUT_TIMELOCK:
      return graphAnswer({
        [XWAPaths.xwa2_fetch_account_reachout_timelock]: describeRestriction(
          standings.restrictedUntil(origin.account),
        ),
      });
    case QueryIds.MESSAGE_CAPPING_INFO:
      return graphAnswer({
        [XWAPaths.xwa2_message_capping_info]: describeQuota(
          standings.quotaOf(origin.account),
          clock.now(),
        ),
      });
    default: {
      const name = query?.attrs['query_id'] ?? 'none';
      const variables = Buffer.from(bytesOf(query)).toString('utf8').slice(0, 200);
      const text = `nobody knows the GraphQL query ${name} ${variables}`;
      world.violations.report('unknown-stanza', origin.account.phone, text);
      const error = { message: 'not implemented', extensions: { error_code: 501 } };
      return { content: [stanza('result', {}, Buffer.from(JSON.stringify({ errors: [error] })))] };
    }
  }
}

function graphAnswer(data: unknown): IqAnswer {
  return { content: [stanza('result', {}, Buffer.from(JSON.stringify({ data })))] };
}
