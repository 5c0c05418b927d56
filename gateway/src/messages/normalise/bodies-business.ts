import type { BodyReader } from './body.ts';
import type { MessageType } from './payload.ts';
import { child, type Fields, flag, lines, number, text } from './read.ts';

/** WhatsApp counts money in thousandths. */
function money(value: Fields | null, name: string): number | null {
  const thousandths = number(value, name);
  return thousandths === null ? null : thousandths / 1000;
}

const order: BodyReader = (value) => ({
  type: 'order',
  text: text(value, 'message') ?? text(value, 'orderTitle') ?? '',
  details: {
    order: {
      id: text(value, 'orderId'),
      title: text(value, 'orderTitle'),
      items: number(value, 'itemCount'),
      total: money(value, 'totalAmount1000'),
      currency: text(value, 'totalCurrencyCode'),
      token: text(value, 'token'),
      seller: text(value, 'sellerJid'),
    },
  },
});

const product: BodyReader = (value) => {
  const snapshot = child(value, 'product');
  return {
    type: 'product',
    text: lines(text(snapshot, 'title'), text(value, 'body')),
    details: {
      product: {
        id: text(snapshot, 'productId'),
        title: text(snapshot, 'title'),
        description: text(snapshot, 'description'),
        price: money(snapshot, 'priceAmount1000'),
        currency: text(snapshot, 'currencyCode'),
        url: text(snapshot, 'url'),
        retailerId: text(snapshot, 'retailerId'),
        seller: text(value, 'businessOwnerJid'),
      },
    },
  };
};

const payment =
  (action: 'sent' | 'requested' | 'declined' | 'cancelled' | 'invited'): BodyReader =>
  (value) => {
    const note = child(value, 'noteMessage');
    const noteText = text(note, 'conversation') ?? text(child(note, 'extendedTextMessage'), 'text');
    return {
      type: 'payment',
      text: noteText ?? '',
      details: {
        payment: {
          action,
          amount: money(value, 'amount1000'),
          currency: text(value, 'currencyCodeIso4217'),
        },
      },
    };
  };

const invitation =
  (type: MessageType, id: string, name: string): BodyReader =>
  (value) => ({
    type,
    text: text(value, 'caption') ?? text(value, name) ?? '',
    details: {
      invite: {
        chatId: text(value, id),
        name: text(value, name),
        code: text(value, 'inviteCode'),
        expiresAt: number(value, 'inviteExpiration'),
      },
    },
  });

const OUTCOMES = [
  'connected',
  'missed',
  'failed',
  'rejected',
  'accepted_elsewhere',
  'ongoing',
  'silenced',
  'silenced',
] as const;

const callLog: BodyReader = (value) => ({
  type: 'call_log',
  text: '',
  details: {
    call: {
      video: flag(value, 'isVideo'),
      outcome: OUTCOMES[number(value, 'callOutcome') ?? -1] ?? null,
      seconds: number(value, 'durationSecs'),
    },
  },
});

/** Commerce, invitations and calls. */
export const businessBodies: Readonly<Record<string, BodyReader>> = {
  orderMessage: order,
  productMessage: product,
  invoiceMessage: (value) => ({ type: 'invoice', text: text(value, 'note') ?? '' }),
  sendPaymentMessage: payment('sent'),
  requestPaymentMessage: payment('requested'),
  declinePaymentRequestMessage: payment('declined'),
  cancelPaymentRequestMessage: payment('cancelled'),
  paymentInviteMessage: payment('invited'),
  groupInviteMessage: invitation('group_invite', 'groupJid', 'groupName'),
  newsletterAdminInviteMessage: invitation('channel_invite', 'newsletterJid', 'newsletterName'),
  newsletterFollowerInviteMessageV2: invitation(
    'channel_invite',
    'newsletterJid',
    'newsletterName',
  ),
  callLogMesssage: callLog,
  scheduledCallCreationMessage: (value) => ({
    type: 'scheduled_call',
    text: text(value, 'title') ?? '',
    details: {
      call: {
        video: number(value, 'callType') === 2,
        startsAt: (number(value, 'scheduledTimestampMs') ?? 0) / 1000,
      },
    },
  }),
  requestPhoneNumberMessage: () => ({ type: 'phone_number_request', text: '' }),
};
