import type { ReceivedExample } from './examples-basic.ts';

/** Choices, commerce and calls; fixtures of the tests and source of the docs. */
export const interactiveExamples: readonly ReceivedExample[] = [
  {
    title: 'list',
    content: {
      listMessage: {
        title: 'Menu',
        description: 'Choose',
        sections: [{ title: 'Mains', rows: [{ rowId: 'r1', title: 'Soup' }] }],
      },
    },
    shows: {
      type: 'list',
      text: 'Menu\nChoose',
      list: { sections: [{ rows: [{ id: 'r1', title: 'Soup' }] }] },
    },
  },
  {
    title: 'list reply',
    content: { listResponseMessage: { title: 'Soup', singleSelectReply: { selectedRowId: 'r1' } } },
    shows: { type: 'list_reply', text: 'Soup', reply: { id: 'r1', text: 'Soup' } },
  },
  {
    title: 'buttons',
    content: {
      buttonsMessage: {
        contentText: 'Sure?',
        buttons: [{ buttonId: 'y', buttonText: { displayText: 'Yes' } }],
      },
    },
    shows: { type: 'buttons', text: 'Sure?', buttons: { buttons: [{ id: 'y', text: 'Yes' }] } },
  },
  {
    title: 'button reply',
    content: { buttonsResponseMessage: { selectedButtonId: 'y', selectedDisplayText: 'Yes' } },
    shows: { type: 'button_reply', text: 'Yes', reply: { id: 'y' } },
  },
  {
    title: 'template',
    content: {
      templateMessage: {
        hydratedTemplate: {
          hydratedContentText: 'Your code is 1',
          hydratedButtons: [{ quickReplyButton: { id: 'ok', displayText: 'OK' } }],
        },
      },
    },
    shows: {
      type: 'template',
      text: 'Your code is 1',
      template: { buttons: [{ id: 'ok', text: 'OK' }] },
    },
  },
  {
    title: 'template reply',
    content: {
      templateButtonReplyMessage: {
        selectedId: 'ok',
        selectedDisplayText: 'OK',
        selectedIndex: 0,
      },
    },
    shows: { type: 'button_reply', text: 'OK', reply: { id: 'ok', index: 0 } },
  },
  {
    title: 'interactive',
    content: {
      interactiveMessage: {
        body: { text: 'Pick' },
        nativeFlowMessage: {
          buttons: [{ name: 'quick_reply', buttonParamsJson: '{"display_text":"A","id":"a"}' }],
        },
      },
    },
    shows: {
      type: 'interactive',
      text: 'Pick',
      interactive: { buttons: [{ id: 'a', text: 'A' }] },
    },
  },
  {
    title: 'interactive reply',
    content: {
      interactiveResponseMessage: {
        body: { text: 'A' },
        nativeFlowResponseMessage: { name: 'quick_reply', paramsJson: '{"id":"a"}' },
      },
    },
    shows: { type: 'interactive_reply', text: 'A', reply: { id: 'a', name: 'quick_reply' } },
  },
  {
    title: 'interactive reply with broken JSON',
    content: { interactiveResponseMessage: { nativeFlowResponseMessage: { paramsJson: '{' } } },
    shows: { type: 'interactive_reply', text: '', reply: { id: null } },
  },
  {
    title: 'order',
    content: {
      orderMessage: {
        orderId: 'o1',
        itemCount: 2,
        totalAmount1000: 19_900,
        totalCurrencyCode: 'BRL',
        message: 'please',
      },
    },
    shows: { type: 'order', text: 'please', order: { total: 19.9, currency: 'BRL' } },
  },
  {
    title: 'product',
    content: { productMessage: { product: { title: 'Cup', priceAmount1000: 5000 } } },
    shows: { type: 'product', text: 'Cup', product: { price: 5 } },
  },
  {
    title: 'payment',
    content: {
      requestPaymentMessage: {
        amount1000: 1500,
        currencyCodeIso4217: 'BRL',
        noteMessage: { extendedTextMessage: { text: 'for lunch' } },
      },
    },
    shows: { type: 'payment', text: 'for lunch', payment: { action: 'requested', amount: 1.5 } },
  },
  {
    title: 'group invitation',
    content: {
      groupInviteMessage: { groupJid: '1@g.us', inviteCode: 'abc', groupName: 'Friends' },
    },
    shows: { type: 'group_invite', text: 'Friends', invite: { code: 'abc' } },
  },
  {
    title: 'call log',
    content: { callLogMesssage: { isVideo: true, callOutcome: 1 } },
    shows: { type: 'call_log', call: { video: true, outcome: 'missed' } },
  },
  {
    title: 'album',
    content: { albumMessage: { expectedImageCount: 3 } },
    shows: { type: 'album', album: { images: 3, videos: 0 } },
  },
  {
    title: 'comment',
    content: {
      commentMessage: { message: { conversation: 'nice' }, targetMessageKey: { id: 'POST1' } },
    },
    shows: { type: 'text', text: 'nice', commentOn: 'POST1' },
  },
  {
    title: 'keys beside the text',
    content: {
      senderKeyDistributionMessage: { groupId: 'g' },
      messageContextInfo: {},
      conversation: 'x',
    },
    shows: { type: 'text', text: 'x' },
  },
];
