import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FeedEvent } from '../../../src/control/contract/feed.ts';
import type {
  AccountView,
  GroupView,
  MessageView,
  PairingView,
} from '../../../src/control/contract/views.ts';
import {
  opened,
  READ,
  startReading,
  takenInHand,
  withChats,
  withEvents,
  withMessages,
} from './reading.ts';
import { apply, EMPTY_WORLD, type World } from './world.ts';

const NUMBER = '15550001000';
const CHATS = ['one@s.whatsapp.net', 'two@s.whatsapp.net'];

/** Of views, only what the world looks at. */
const account = (number: string, unread: number) =>
  ({ number, unread, devices: [] }) as unknown as AccountView;

/** What happens in the simulator, in order; no two violations are alike. */
const history = fc
  .array(
    fc.oneof(
      fc.record({
        kind: fc.constantFrom('account', 'group', 'pairing', 'faults', 'violation'),
        key: fc.integer({ min: 0, max: 2 }),
      }),
      fc.record({ kind: fc.constantFrom('message', 'change'), key: fc.nat({ max: 20 }) }),
    ),
    { maxLength: 25 },
  )
  .map((steps) => {
    const chats: string[] = [];
    return steps.map(({ kind, key }, index): FeedEvent => {
      switch (kind) {
        case 'account':
          return { name: 'account.changed', data: { account: account(`other ${key}`, index) } };
        case 'group':
          return {
            name: 'group.changed',
            data: { jid: `${key}`, subject: `${index}` } as GroupView,
          };
        case 'pairing':
          return {
            name: 'pairing.changed',
            data: { waiting: [], codes: [`${index}`] } as unknown as PairingView,
          };
        case 'faults':
          return { name: 'faults.changed', data: { active: [] } };
        case 'violation':
          return { name: 'violation', data: { at: `${index}`, rule: '', device: null, text: '' } };
        default: {
          const isNew = kind === 'message' || chats.length === 0;
          const order = isNew ? chats.push(CHATS[key % 2] ?? '') : 1 + (key % chats.length);
          const message = {
            id: `${order}`,
            order,
            chat: chats[order - 1],
            fromMe: true,
            text: `as of ${index}`,
          } as MessageView;
          const unread = { phone: index, chat: index };
          const name = isNew ? 'message.sent' : 'message.changed';
          return { name, data: { account: NUMBER, message, unread } };
        }
      }
    });
  });

/** When the page asks, when the simulator answers, and when the page has the answer: so many events later. */
const instants = fc.tuple(fc.nat({ max: 25 }), fc.nat({ max: 10 }), fc.nat({ max: 10 }));

const phone = {
  ...takenInHand(NUMBER, READ),
  chat: opened(CHATS[0] ?? '', READ),
};
const START: World = { ...EMPTY_WORLD, accounts: new Map([[NUMBER, account(NUMBER, 0)]]), phone };

const after = (world: World, events: readonly FeedEvent[]) => events.reduce(apply, world);

it('ends up with the world as it is, whenever an answer was on its way', () => {
  fc.assert(
    fc.property(history, instants, (events, [asks, answers, arrives]) => {
      const truth = (count: number) => after(START, events.slice(0, count));
      const known = withEvents(truth(asks + answers), events.slice(asks, asks + arrives));
      const last = after(known, events.slice(asks + arrives));
      expect(last).toEqual({ ...truth(events.length), phone: null });
    }),
  );
});

it('ends up with the chats and messages as they are, whenever an answer was on its way', () => {
  fc.assert(
    fc.property(history, instants, (events, [asks, answers, arrives]) => {
      const truth = (count: number) => after(START, events.slice(0, count)).phone ?? phone;
      const asked = takenInHand(NUMBER, startReading());
      const chat = opened(CHATS[0] ?? '', startReading());
      const world = { ...START, phone: { ...asked, chat } };
      const now = after(world, events.slice(asks, asks + arrives)).phone ?? asked;
      const answer = truth(asks + answers);
      const read = withChats(now, answer.chats);
      const shown = read.chat && withMessages(read.chat, answer.chat?.messages ?? [], false);
      const last = after(
        { ...world, phone: { ...read, chat: shown } },
        events.slice(asks + arrives),
      );
      expect(last.phone).toEqual(truth(events.length));
    }),
  );
});
