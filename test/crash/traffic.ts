import type { AccountHandle } from '@whatsapp-gateway/simulator';
import type { GatewayProcess } from '../support/gateway-process.ts';

/** A send that the service answered with 2xx. */
export interface Accepted {
  readonly to: string;
  readonly messageId: string;
}

export interface Traffic {
  /** What contacts wrote and the server took, as `<session> <text>`: one for each session it goes to. */
  readonly written: readonly string[];
  readonly accepted: readonly Accepted[];
  /** Resolves when the last message is written. */
  stop(): Promise<void>;
}

/** Pauses that keep two cores busy without drowning them. */
const INBOUND_EVERY_MS = 40;
const OUTBOUND_EVERY_MS = 60;
/** Contacts pause while so many messages are unreported: a slow machine gets less to do, not more. */
const UNREPORTED_LIMIT = 100;

/** Contacts write to every number and to the group, and the API writes to every contact, until stopped. */
export function startTraffic(world: {
  readonly gateway: GatewayProcess;
  readonly shops: readonly AccountHandle[];
  readonly contacts: readonly AccountHandle[];
  readonly group: string;
  /** How many of these did not come out at the webhook yet. */
  readonly unreported: (written: readonly string[]) => number;
}): Traffic {
  const written: string[] = [];
  const accepted: Accepted[] = [];
  let running = true;

  const inbound = repeat(INBOUND_EVERY_MS, async (turn) => {
    const { contacts, shops, group } = world;
    while (running && world.unreported(written) >= UNREPORTED_LIMIT) await pause(INBOUND_EVERY_MS);
    const index = turn % contacts.length;
    const contact = contacts[index];
    if (!contact) return;
    if (turn % 6 === 0) {
      const text = `group ${index} #${turn + 1}`;
      const sent = await contact.phone.send(group, text);
      if (sent.state !== 'failed') written.push(...shops.map((_shop, i) => `shop-${i} ${text}`));
      return;
    }
    const target = Math.floor(turn / contacts.length) % shops.length;
    const shop = shops[target];
    if (!shop) return;
    const text = `direct ${index} #${turn + 1}`;
    const sent = await contact.phone.send(shop.jid, text);
    if (sent.state !== 'failed') written.push(`shop-${target} ${text}`);
  });

  const outbound = repeat(OUTBOUND_EVERY_MS, async (turn) => {
    const { contacts, shops, gateway } = world;
    const to = contacts[turn % contacts.length]?.number;
    const session = Math.floor(turn / contacts.length) % shops.length;
    if (!to) return;
    const answer = await gateway
      .call('POST', `/sessions/shop-${session}/send?wait=0`, { to, text: `api #${turn + 1}` })
      .catch(() => null);
    const messageId = answer?.body['messageId'];
    if (answer && answer.status < 300 && typeof messageId === 'string') {
      accepted.push({ to, messageId });
    }
  });

  async function repeat(everyMs: number, step: (turn: number) => Promise<void>): Promise<void> {
    for (let turn = 0; running; turn++) {
      await step(turn);
      await pause(everyMs);
    }
  }

  return {
    written,
    accepted,
    async stop() {
      running = false;
      await Promise.all([inbound, outbound]);
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
