import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Device } from '../../accounts/account.ts';
import type { AccountHandle } from '../../handles.ts';
import type { ControlDeps, Routes } from '../app.ts';
import { accountParams, problem, timeoutMs } from '../contract/requests.ts';
import { accountView, pairingView, waitingView } from '../contract/views.ts';
import { describeAccount } from '../describe.ts';
import { Problem } from '../problem.ts';

const qrText = z.string().min(1).max(4096);

/** A QR text, alone, with a name for it, or inside of a gateway's `connection.qr` webhook. */
const announcement = z.union([
  z.strictObject({ qr: qrText, label: z.string().max(200).optional() }),
  qrText,
  z.looseObject({
    event: z.string(),
    sessionId: z.string().max(200).optional(),
    data: z.looseObject({ qr: z.string().max(4096).optional() }),
  }),
]);

const scanBody = z.union([
  z.strictObject({ qr: qrText }),
  z.strictObject({ ref: z.string().max(500).describe('Of a waiting client that is scannable') }),
]);

const linked = z.object({
  account: accountView,
  device: z.int().describe('Number of the new linked device'),
});

/** How clients get an account. */
export const pairingRoutes: Routes = (app, { simulator, qrs, waits }) => {
  app.get(
    '/api/pairing',
    {
      schema: {
        tags: ['Pairing'],
        summary: 'List clients that wait to be linked',
        response: { 200: pairingView, ...problem },
      },
    },
    () => qrs.list(),
  );

  app.get(
    '/api/pairing/wait',
    {
      schema: {
        tags: ['Pairing'],
        summary: 'Wait for a client that wants to be linked',
        querystring: z.object({ pushName: z.string().max(100).optional(), timeoutMs }),
        response: { 200: waitingView, ...problem },
      },
    },
    (request) => {
      const { pushName, timeoutMs } = request.query;
      const find = () =>
        qrs.list().waiting.find((one) => pushName === undefined || one.pushName === pushName);
      return waits.until(async () => {
        const past = find();
        if (past) return past;
        const { ref } = await simulator.waitFor(
          'pairing.waiting',
          (one) => pushName === undefined || one.pushName === pushName,
          timeoutMs,
        );
        return qrs.list().waiting.find((one) => one.ref === ref) ?? gone();
      });
    },
  );
};

/** What the owner of a phone does to link a client. */
export const linkRoutes: Routes = (app, deps) => {
  const { qrs, account } = deps;
  app.post(
    '/api/accounts/:number/scan',
    {
      schema: {
        tags: ['Pairing'],
        summary: 'Scan a QR code with the phone of an account',
        description: 'Answers when the client is linked; it then connects anew by itself.',
        params: accountParams,
        body: scanBody,
        response: { 200: linked, ...problem },
      },
    },
    async (request) => {
      const handle = account(request.params.number);
      const { body } = request;
      const text = 'qr' in body ? body.qr : (qrs.textOf(body.ref) ?? gone());
      return describeLink(deps, handle, await handle.phone.scan(text));
    },
  );

  app.post(
    '/api/accounts/:number/link-code',
    {
      schema: {
        tags: ['Pairing'],
        summary: 'Type a pairing code into the phone of an account',
        params: accountParams,
        body: z.strictObject({ code: z.string().min(8).max(9) }),
        response: { 200: linked, ...problem },
      },
    },
    async (request) => {
      const handle = account(request.params.number);
      return describeLink(deps, handle, await handle.phone.linkByCode(request.body.code));
    },
  );
};

/** QR texts that come as they are, whatever a client says they are. */
export const qrRoutes: Routes = (root, { simulator, qrs, feed }) => {
  root.register(async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>();
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) =>
      done(null, parsed(String(body))),
    );

    app.post(
      '/api/pairing/qr',
      {
        schema: {
          tags: ['Pairing'],
          summary: 'Hand in the text of a QR code',
          description:
            'As text, as `{qr, label}`, or as the `connection.qr` webhook of a gateway (set ' +
            '`WEBHOOK_STATUS_URL` to this). Only with it can the client be picked and scanned. ' +
            'Other webhooks are taken and ignored.',
          body: announcement,
          response: { 200: z.object({ client: waitingView.nullable() }), ...problem },
        },
      },
      (request) => {
        const { text, label } = readAnnouncement(request.body);
        const client = text === null ? null : qrs.add(text, label);
        if (client) feed.pairingChanged();
        return { client };
      },
    );

    app.post(
      '/admin/mock-phone/scan-qr',
      {
        schema: {
          tags: ['Pairing'],
          summary: 'Scan a QR text with whatever phone fits',
          description:
            "The account whose name is the client's push name scans; it is made on the spot when " +
            'there is none. Takes the text, or `{qr}`. Known from other mock servers.',
          body: z.union([z.looseObject({ qr: qrText }), qrText]),
          response: {
            200: z.object({ success: z.literal(true), number: z.string(), jid: z.string() }),
            ...problem,
          },
        },
      },
      async ({ body }) => {
        const { number, jid } = await simulator.scan(typeof body === 'string' ? body : body.qr);
        return { success: true as const, number, jid };
      },
    );
  });
};

function parsed(text: string): unknown {
  const trimmed = text.trim();
  if (!/^[{"]/.test(trimmed)) return trimmed;
  try {
    return JSON.parse(trimmed);
  } catch {
    throw new Problem('invalid_json', 'The body cannot be read as JSON.');
  }
}

function readAnnouncement(body: z.output<typeof announcement>): {
  text: string | null;
  label: string | null;
} {
  if (typeof body === 'string') return { text: body, label: null };
  if ('data' in body) return { text: body.data.qr ?? null, label: body.sessionId ?? null };
  return { text: body.qr, label: body.label ?? null };
}

function describeLink({ simulator }: ControlDeps, handle: AccountHandle, device: Device) {
  return { account: describeAccount(simulator, handle), device: device.id };
}

function gone(): never {
  throw new Problem(
    'client_not_found',
    'No client waits under this reference with a known QR text. Hand the text in first, or scan it.',
  );
}
