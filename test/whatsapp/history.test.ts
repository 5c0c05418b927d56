import { Agent as HttpAgent } from 'node:http';
import { Agent, buildConnector } from 'undici';
import { afterEach, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/src/index.ts';
import { Harness } from './support/harness.ts';

const CHATS = 3;
const MESSAGES_EACH = 4;

let harness: Harness;
let fetched: string[];
let agents: Agent[];

/** Takes WhatsApp's own media server for the simulator's, and notes what is fetched from it. */
function toSimulator({ media, mediaCaPem }: Simulator) {
  const [hostname = '', port = ''] = media.host.split(':');
  const connect = buildConnector({ ca: mediaCaPem });
  const agent = new Agent({
    connect: (options, done) =>
      connect({ ...options, hostname, port, servername: 'localhost' }, done),
  });
  agents.push(agent);
  const dispatcher = agent.compose((dispatch) => (options, handler) => {
    fetched.push(options.path);
    return dispatch(options, handler);
  });
  return { agent: () => new HttpAgent(), dispatcher };
}

afterEach(async () => {
  await harness.close();
  await Promise.all(agents.map((agent) => agent.close()));
});

it.each(['names', 'off'] as const)(
  'fetches each chunk once, and knows who is who and who trusts the account: HISTORY_SYNC=%s',
  async (history) => {
    fetched = [];
    agents = [];
    harness = await Harness.start({ egress: toSimulator, history });
    const { accounts } = harness.simulator;
    const owner = accounts.create({ name: 'Owner' });
    owner.phone.habits.historyAs = 'stored';
    owner.phone.habits.historyChunk = MESSAGES_EACH;
    const friends = Array.from({ length: CHATS }, (_, i) =>
      accounts.create({ name: `Friend ${i}` }),
    );
    for (const friend of friends) {
      for (let i = 0; i < MESSAGES_EACH; i++) await friend.phone.send(owner.jid, `past ${i}`);
      await owner.phone.waitForMessage(
        ({ text, sender }) => text === `past ${MESSAGES_EACH - 1}` && sender === friend.jid,
      );
    }
    const device = await harness.device('support');
    await device.pair(owner);
    const kept = async (type: string, ids: readonly string[]) =>
      (await harness.storage.devices.readRecords(device.ref.key, type, ids)).size;
    const lids = friends.map(({ lid }) => lid);
    await expect.poll(() => kept('tctoken', lids), { timeout: 10_000 }).toBe(CHATS);
    expect(
      await kept(
        'lid-mapping',
        friends.map(({ number }) => number),
      ),
    ).toBe(CHATS);
    await expect
      .poll(async () => (await harness.storage.devices.openJournal(device.ref.key, 0, 10)).length)
      .toBe(0);
    // The newest of each chat, the names, and the rest in as many chunks as there are chats.
    expect(fetched).toHaveLength(2 + CHATS);
    expect(new Set(fetched).size).toBe(fetched.length);
    harness.simulator.violations.assertNone();
  },
);
