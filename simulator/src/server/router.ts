import { childrenOf, describe, SERVER, type Stanza, stanza } from '../wire/stanza.ts';
import { type Origin, originName, type World } from './world.ts';

/** What an iq is answered with. `after` runs once the answer is on its way. */
export type IqAnswer =
  | { readonly content?: readonly Stanza[]; readonly after?: () => void }
  | { readonly error: { readonly code: number; readonly text: string } };

export type IqHandler = (world: World, origin: Origin, iq: Stanza) => IqAnswer;
export type StanzaHandler = (world: World, origin: Origin, node: Stanza) => void;

/** Handlers by `xmlns type child`, where `child` is the tag of the first child, if any. */
export type IqRoutes = Readonly<Record<string, IqHandler>>;
/** Handlers by tag. */
export type StanzaRoutes = Readonly<Record<string, StanzaHandler>>;

export const NOT_IMPLEMENTED = { code: 501, text: 'feature-not-implemented' };
export const BAD_REQUEST = { code: 400, text: 'bad-request' };
export const NOT_AUTHORIZED = { code: 401, text: 'not-authorized' };
export const FORBIDDEN = { code: 403, text: 'forbidden' };
export const ITEM_NOT_FOUND = { code: 404, text: 'item-not-found' };

/** Leads every stanza of a logged-in sender to the one function that knows it. */
export class Router {
  readonly #world: World;
  readonly #iqs: IqRoutes;
  readonly #stanzas: StanzaRoutes;

  constructor(world: World, iqs: readonly IqRoutes[], stanzas: readonly StanzaRoutes[]) {
    this.#world = world;
    this.#iqs = merge(iqs);
    this.#stanzas = merge(stanzas);
  }

  /** Handles one stanza. What nobody knows is reported and, when it is a question, answered with 501. */
  route(origin: Origin, node: Stanza): void {
    if (node.tag === 'iq') return this.#routeIq(origin, node);
    const handler = this.#stanzas[node.tag];
    if (handler) return handler(this.#world, origin, node);
    this.#reportUnknown(origin, node);
  }

  /** Answers a question without sending the answer: the phone asks this way. */
  answer(origin: Origin, iq: Stanza): IqAnswer {
    const { xmlns = '', type = '' } = iq.attrs;
    const child = childrenOf(iq)[0]?.tag ?? '';
    const handler = this.#iqs[`${xmlns} ${type} ${child}`.trim()];
    if (handler) return handler(this.#world, origin, iq);
    this.#reportUnknown(origin, iq);
    return { error: NOT_IMPLEMENTED };
  }

  #routeIq(origin: Origin, iq: Stanza): void {
    const { id, type, to } = iq.attrs;
    // Results answer questions of ours; whoever asked has listened for them.
    if (type === 'result' || type === 'error') return;
    const fault = origin.device && this.#faultFor(origin, iq);
    if (fault === 'unanswered') return;
    const answer = fault ?? this.answer(origin, iq);
    const from = to === undefined || to === 's.whatsapp.net' ? SERVER : to;
    if ('error' in answer) {
      const { code, text } = answer.error;
      origin.reply(
        stanza('iq', { type: 'error', id, from }, [stanza('error', { code: String(code), text })]),
      );
      return;
    }
    origin.reply(stanza('iq', { type: 'result', id, from }, answer.content));
    answer.after?.();
  }

  #faultFor({ account }: Origin, iq: Stanza): IqAnswer | 'unanswered' | null {
    const { faults } = this.#world;
    const { xmlns, type } = iq.attrs;
    if (faults.strike('unanswered', account.phone, (fault) => fault.xmlns === xmlns)) {
      return 'unanswered';
    }
    const isGroupQuestion = xmlns === 'w:g2' && type === 'get';
    const limited = isGroupQuestion && faults.strike('rate-overlimit', account.phone);
    return limited ? { error: { code: 429, text: 'rate-overlimit' } } : null;
  }

  #reportUnknown(origin: Origin, node: Stanza): void {
    this.#world.violations.report(
      'unknown-stanza',
      originName(origin),
      `nobody knows ${describe(node)}`,
    );
  }
}

function merge<T>(tables: readonly Readonly<Record<string, T>>[]): Readonly<Record<string, T>> {
  const merged: Record<string, T> = {};
  for (const [key, handler] of tables.flatMap((table) => Object.entries(table))) {
    if (merged[key]) throw new Error(`two handlers claim "${key}"`);
    merged[key] = handler;
  }
  return merged;
}
