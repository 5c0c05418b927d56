import { z } from 'zod';
import { type Content, mediaOf } from '../../content/content.ts';
import { fetchMedia } from '../../content/media.ts';
import type { AccountHandle } from '../../handles.ts';
import type { KnownMessage } from '../../phone/records.ts';
import type { ControlDeps, Routes } from '../app.ts';
import { contentInput } from '../contract/content.ts';
import { person } from '../contract/pieces.ts';
import { accountParams, problem, timeoutMs } from '../contract/requests.ts';
import { messageView } from '../contract/views.ts';
import { describeMessage } from '../describe.ts';
import { resolveDraft } from '../draft.ts';
import { matchMessage, messageFilter, messagesOf } from '../history.ts';
import { Problem } from '../problem.ts';

/** A file of 16 MiB in base64 and the words around it. */
const SEND_LIMIT_BYTES = 24 * 1024 * 1024;

const messageParams = accountParams.extend({ id: z.string().max(200) });

const sendBody = z
  .strictObject({
    to: person.describe('Digits, an address, a group or status@broadcast'),
    text: z.string().min(1).max(65_536).optional().describe('Short for a content of type text'),
    content: contentInput.optional(),
    id: z.string().min(1).max(64).optional().describe('Drawn when absent'),
    addressing: z
      .enum(['pn', 'lid'])
      .optional()
      .describe('How a person is addressed; as `to` is written when absent'),
    audience: z.array(person).max(1000).optional().describe('Who may see a status'),
    damaged: z
      .boolean()
      .optional()
      .describe('The ciphertexts are damaged: whoever gets them must ask again'),
    linkedDevicesGet: z
      .enum(['message', 'placeholder', 'view-once-note'])
      .optional()
      .describe("What the receivers' linked devices get"),
  })
  .refine(({ text, content }) => (text === undefined) !== (content === undefined), {
    message: 'needs either "text" or "content"',
  });

/** A message on the phone of an account. Throws `account_not_found` and `message_not_found`. */
const finder =
  ({ account }: ControlDeps) =>
  ({ number, id }: z.output<typeof messageParams>): [AccountHandle, KnownMessage] => {
    const handle = account(number);
    const message = handle.phone.records.find(id);
    if (message) return [handle, message];
    throw new Problem('message_not_found', `The phone of ${handle.number} has no message "${id}".`);
  };

/** Sending, and the messages that a phone remembers. */
export const messageRoutes: Routes = (app, { simulator, account }) => {
  app.post(
    '/api/accounts/:number/messages',
    {
      bodyLimit: SEND_LIMIT_BYTES,
      schema: {
        tags: ['Messages'],
        summary: 'Send a message from the phone of an account',
        description:
          'Answers when the server has taken it (`state` is `sent`) or refused it (`failed`, with ' +
          'the code in `error`).',
        params: accountParams,
        body: sendBody,
        response: { 201: messageView, ...problem },
      },
    },
    async (request, reply) => {
      const handle = account(request.params.number);
      const { to, text, content, ...given } = request.body;
      const { records } = handle.phone;
      const context = { account: handle.account, records, groups: simulator.groups };
      const whole: Content = content
        ? resolveDraft(content, context)
        : { type: 'text', text: text ?? '' };
      const options = Object.fromEntries(
        Object.entries(given).filter(([, value]) => value !== undefined),
      );
      const sent = await handle.phone.send(to, whole, options);
      return reply.code(201).send(describeMessage(simulator, handle, sent));
    },
  );

  app.get(
    '/api/accounts/:number/messages',
    {
      schema: {
        tags: ['Messages'],
        summary: 'List the messages on a phone, oldest first',
        description: 'The newest ones that match, unless `after` is given.',
        params: accountParams,
        querystring: messageFilter.extend({
          before: z.coerce.number().int().optional().describe('Only with a smaller `order`'),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
        }),
        response: {
          200: z.object({
            messages: z.array(messageView),
            more: z.boolean().describe('There are more that match'),
          }),
          ...problem,
        },
      },
    },
    (request) => {
      const handle = account(request.params.number);
      const { limit, before, ...filter } = request.query;
      const { records } = handle.phone;
      const matching = messagesOf(records).filter(
        (message) =>
          matchMessage(simulator, records, message, filter) &&
          (before === undefined || records.orderOf(message) < before),
      );
      const chosen = filter.after === undefined ? matching.slice(-limit) : matching.slice(0, limit);
      return {
        messages: chosen.map((message) => describeMessage(simulator, handle, message)),
        more: matching.length > limit,
      };
    },
  );
};

/** Waiting for messages, and for how far they come. */
export const messageWaitRoutes: Routes = (app, deps) => {
  const { simulator, waits, account } = deps;
  const find = finder(deps);

  app.get(
    '/api/accounts/:number/messages/wait',
    {
      schema: {
        tags: ['Messages'],
        summary: 'Wait for a message that arrives, or that a linked device sends',
        description:
          'The first one that matches, past or future. Use `after` to go on from another.',
        params: accountParams,
        querystring: messageFilter.extend({ timeoutMs }),
        response: { 200: messageView, ...problem },
      },
    },
    (request) => {
      const handle = account(request.params.number);
      const { timeoutMs, ...filter } = request.query;
      const { records } = handle.phone;
      const matches = (message: KnownMessage) => matchMessage(simulator, records, message, filter);
      return waits.until(async () => {
        const message = await handle.phone.waitForMessage(matches, timeoutMs);
        return describeMessage(simulator, handle, message);
      });
    },
  );

  app.get(
    '/api/accounts/:number/messages/:id',
    {
      schema: {
        tags: ['Messages'],
        summary: 'Show a message',
        params: messageParams,
        response: { 200: messageView, ...problem },
      },
    },
    (request) => describeMessage(simulator, ...find(request.params)),
  );

  app.get(
    '/api/accounts/:number/messages/:id/wait',
    {
      schema: {
        tags: ['Messages'],
        summary: 'Wait until a message that this phone sent has come so far',
        params: messageParams,
        querystring: z.object({
          state: z.enum(['sent', 'delivered', 'read', 'played', 'failed']),
          timeoutMs,
        }),
        response: { 200: messageView, ...problem },
      },
    },
    (request) => {
      const [handle, { id }] = find(request.params);
      const { state, timeoutMs } = request.query;
      return waits.until(async () => {
        const message = await handle.phone.waitForState(id, state, timeoutMs);
        return describeMessage(simulator, handle, message);
      });
    },
  );
};

/** What the owner of a phone does with a message, and its file. */
export const messageActionRoutes: Routes = (app, deps) => {
  const { simulator } = deps;
  const find = finder(deps);

  for (const [action, summary] of [
    ['read', 'Mark a message as read: blue ticks for its sender'],
    ['played', 'Mark a voice note or view-once file as played'],
  ] as const) {
    app.post(
      `/api/accounts/:number/messages/:id/${action}`,
      {
        schema: {
          tags: ['Messages'],
          summary,
          params: messageParams,
          response: { 200: messageView, ...problem },
        },
      },
      async (request) => {
        const [handle, message] = find(request.params);
        if ('sender' in message && !message.fromMe) {
          await (action === 'read' ? handle.phone.read(message) : handle.phone.play(message));
        }
        return describeMessage(simulator, handle, message);
      },
    );
  }

  app.get(
    '/api/accounts/:number/messages/:id/media',
    {
      schema: {
        tags: ['Messages'],
        summary: 'The decrypted file of a message',
        description: 'Hashes, MAC and length are checked.',
        params: messageParams,
      },
    },
    (request, reply) => {
      const [, { content, id }] = find(request.params);
      const reference = mediaOf(content);
      if (!reference) throw new Problem('media_not_found', `The message "${id}" has no file.`);
      const bytes = fetchMedia(reference, simulator.media);
      const mimetype = ('mimetype' in content ? content.mimetype : undefined) ?? '';
      if (isShowable(mimetype)) reply.type(mimetype);
      else reply.type('application/octet-stream').header('content-disposition', 'attachment');
      return reply.send(Buffer.from(bytes));
    },
  );

  app.delete(
    '/api/accounts/:number/messages/:id/media',
    {
      schema: {
        tags: ['Messages'],
        summary: 'Let the file of a message expire',
        description:
          'Downloads are answered with 404; clients may ask the phone to upload it again.',
        params: messageParams,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const [, { content, id }] = find(request.params);
      const reference = mediaOf(content);
      if (!reference) throw new Problem('media_not_found', `The message "${id}" has no file.`);
      simulator.media.expire(reference.directPath);
      return reply.code(204).send(null);
    },
  );
};

/** What a browser may show in place; SVG can carry scripts. */
function isShowable(mimetype: string): boolean {
  return /^(image|audio|video)\//.test(mimetype) && !mimetype.startsWith('image/svg');
}
