import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INVITE_REFUSALS } from '../groups/refusals.ts';
import { problems } from '../kernel/errors.ts';
import { type Connection, NotConnected, Refused, Unanswered } from '../whatsapp/port.ts';
import { createAsking, type Refusals } from './asking.ts';

const REFUSALS: Refusals = { 403: ['group_forbidden', 'Not you.'] };

/** What becomes of an error of the connection. */
async function after(error: unknown, refusals = REFUSALS): Promise<unknown> {
  const ask = createAsking(() => ({}) as Connection);
  const call = async () => {
    throw error;
  };
  return ask(1, refusals, call).catch((problem: unknown) => problem);
}

describe('asking WhatsApp', () => {
  it('says that the session is away', async () => {
    const away = createAsking(() => null);
    const problem = { code: 'whatsapp_unreachable' };
    await expect(away(1, {}, async () => 1)).rejects.toMatchObject(problem);
    expect(await after(new NotConnected())).toMatchObject(problem);
  });

  it('says what went wrong in its own words, and lets mistakes through', async () => {
    expect(await after(new Unanswered())).toMatchObject({ code: 'whatsapp_timeout' });
    expect(await after(new Refused(403, 'x'))).toMatchObject({ code: 'group_forbidden' });
    expect(await after(new Refused(429, 'x'))).toMatchObject({ code: 'whatsapp_rate_limited' });
    expect(await after(new Refused(500, 'x'))).toMatchObject({ code: 'refused_by_whatsapp' });
    expect(await after(new TypeError('x'))).toBeInstanceOf(TypeError);
  });

  it('knows a problem for every refusal', async () => {
    const codes = fc.integer({ min: 400, max: 599 });
    await fc.assert(
      fc.asyncProperty(codes, async (code) => {
        const problem = await after(new Refused(code, 'x'), INVITE_REFUSALS);
        expect(problem).toMatchObject({ code: expect.toSatisfy((word) => word in problems) });
      }),
    );
  });
});
