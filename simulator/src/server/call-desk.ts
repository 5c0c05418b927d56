import { type Account, accountJid } from '../accounts/account.ts';
import { secondsText } from '../kernel/clock.ts';
import { Emitter } from '../kernel/emitter.ts';
import { childrenOf, describe, type Stanza, stanza } from '../wire/stanza.ts';
import { type Origin, originName, stanzaId, type World } from './world.ts';

/** How a call stands. `rejected` by a linked device or the phone, `missed` when nobody answered. */
export type CallState = 'ringing' | 'accepted' | 'rejected' | 'missed' | 'ended';

/** A call between two people; no sound is carried. */
export interface Call {
  readonly id: string;
  readonly caller: Account;
  readonly callee: Account;
  readonly video: boolean;
  state: CallState;
}

/** Calls remembered; older ones are forgotten, whatever became of them. */
const MAX_CALLS = 1000;

/** Offers calls to an account's devices and takes their answers. */
export class CallDesk {
  readonly #world: World;
  readonly #calls = new Map<string, Call>();
  /** Every change of a call's state. */
  readonly events = new Emitter<{ change: Call }>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Lets the phone and the linked devices of `callee` ring. */
  offer(caller: Account, callee: Account, video: boolean): Call {
    const id = Buffer.from(this.#world.random.bytes(16)).toString('hex').toUpperCase();
    const call: Call = { id, caller, callee, video, state: 'ringing' };
    this.#calls.set(id, call);
    if (this.#calls.size > MAX_CALLS) {
      const oldest = this.#calls.keys().next().value;
      if (oldest !== undefined) this.#calls.delete(oldest);
    }
    const media = [stanza('audio', { enc: 'opus', rate: '16000' })];
    if (video) media.push(stanza('video', { dec: 'H264' }));
    const attrs = { caller_pn: accountJid(caller, 'pn') };
    if (!callee.blocked.has(caller.lid)) this.#tell(call, 'offer', attrs, media);
    return call;
  }

  /** The caller hangs up, or gave up waiting (`missed`). */
  end(call: Call, reason: 'missed' | 'ended'): void {
    if (call.state === 'rejected' || call.state === 'missed' || call.state === 'ended') return;
    this.#move(call, reason);
    this.#tell(call, 'terminate', reason === 'missed' ? { reason: 'timeout' } : {});
  }

  /** Somebody on the callee's side takes or rejects the call. */
  answer(call: Call, state: 'accepted' | 'rejected'): void {
    if (call.state !== 'ringing') return;
    this.#move(call, state);
    // The other devices of the callee stop ringing.
    this.#tell(call, state === 'accepted' ? 'accept' : 'reject');
  }

  /** A `<call>` stanza from a device. */
  receive(origin: Origin, node: Stanza): void {
    const { id, to } = node.attrs;
    const child = childrenOf(node)[0];
    const call = this.#calls.get(child?.attrs['call-id'] ?? '');
    const acknowledge = (content?: readonly Stanza[]) =>
      origin.reply(stanza('ack', { class: 'call', id, from: to, type: child?.tag }, content));
    switch (child?.tag) {
      case 'reject':
      case 'accept': {
        const isCallee = call?.callee === origin.account;
        if (call && isCallee) this.answer(call, child.tag === 'accept' ? 'accepted' : 'rejected');
        return acknowledge();
      }
      case 'terminate':
        if (call) this.end(call, 'ended');
        return acknowledge();
      case 'preaccept':
      case 'transport':
      case 'relaylatency':
        return acknowledge();
      case 'link_create': {
        const token = Buffer.from(this.#world.random.bytes(16)).toString('base64url');
        return acknowledge([stanza('link_create', { token })]);
      }
      default:
        this.#world.violations.report(
          'unknown-stanza',
          originName(origin),
          `nobody knows ${describe(node)}`,
        );
    }
  }

  /** Resolves with the call once it is in the state; it may be so already. */
  async waitFor(call: Call, state: CallState, timeoutMs: number): Promise<Call> {
    if (call.state === state) return call;
    return this.events.waitFor(
      this.#world.clock,
      'change',
      (changed) => changed === call && changed.state === state,
      timeoutMs,
    );
  }

  #move(call: Call, state: CallState): void {
    call.state = state;
    this.events.emit('change', call);
  }

  #tell(
    call: Call,
    what: string,
    extra: Readonly<Record<string, string>> = {},
    content?: readonly Stanza[],
  ): void {
    const from = accountJid(call.caller, 'lid');
    const attrs = { 'call-id': call.id, 'call-creator': from, ...extra };
    for (const id of call.callee.devices.keys()) {
      const node = stanza(
        'call',
        {
          from,
          id: stanzaId(this.#world.random),
          t: secondsText(this.#world.clock),
        },
        [stanza(what, attrs, content)],
      );
      this.#world.post.deliver(call.callee, id, node);
    }
  }
}
