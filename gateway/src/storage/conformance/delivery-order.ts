import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AfterAttempt, DeliveryState } from '../../webhooks/store.ts';
import { DeliveryModel, type ModelDelivery } from './delivery-model.ts';
import { type MakeVessel, World } from './harness.ts';
import { sampleAttempt, sampleDelivery } from './samples.ts';

const ENDPOINTS = ['x', 'y'];
const LANES = ['a', 'b', 'c'];

/** What can happen to deliveries. `pick` chooses among those to which it can happen. */
type Action =
  | {
      readonly do: 'add';
      readonly endpoint: string;
      readonly lane: string;
      readonly waitMs: number;
    }
  | {
      readonly do: 'attempt';
      readonly pick: number;
      readonly to: DeliveryState;
      readonly waitMs: number;
    }
  | {
      readonly do: 'move';
      readonly pick: number;
      readonly to: DeliveryState;
      readonly waitMs: number;
    }
  | { readonly do: 'pass time'; readonly waitMs: number }
  | { readonly do: 'hasten' | 'remove endpoint'; readonly endpoint: string }
  | { readonly do: 'replay'; readonly endpoint: string; readonly state: 'failed' | undefined }
  | { readonly do: 'prune'; readonly ageMs: number; readonly keepRows: number }
  | { readonly do: 'restart' };

const endpoint = fc.constantFrom(...ENDPOINTS);
const waitMs = fc.nat(40);
const pick = fc.nat(20);
const to = fc.constantFrom<DeliveryState>('pending', 'pending', 'delivered', 'failed');
const lane = fc.constantFrom(...LANES);

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('add'), endpoint, lane, waitMs }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('attempt'), pick, to, waitMs }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move'), pick, to, waitMs }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass time'), waitMs }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hasten'), endpoint }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('replay'),
      endpoint,
      state: fc.constantFrom('failed' as const, undefined),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove endpoint'), endpoint }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('prune'),
      ageMs: fc.integer({ min: 20, max: 200 }),
      keepRows: fc.nat(10),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart') }) },
);

/** Order and readiness of deliveries, against a model. */
export function describeDeliveryOrder(make: MakeVessel): void {
  describe('delivery order', () => {
    it('agrees with a plain array, whatever happens to deliveries', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 40, size: 'max' }), async (actions) => {
          const world = new World(make);
          await world.begin();
          try {
            const play = new Play(world);
            for (const action of actions) {
              await play.perform(action);
              expect(await play.answers()).toEqual(play.expected());
            }
          } finally {
            await world.end();
          }
        }),
        { numRuns: 40 },
      );
    });
  });
}

/** All that can be asked about the deliveries of one endpoint. */
interface Answers {
  readonly due: string[];
  readonly nextDueAtMs: number | null;
  readonly waiting: string[];
  readonly log: string[];
}

/** Does everything twice: to the storage and to the model. */
class Play {
  readonly #world: World;
  readonly #model = new DeliveryModel();
  #made = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async perform(action: Action): Promise<void> {
    const { clock, storage } = this.#world;
    const nowMs = clock.now();
    switch (action.do) {
      case 'add':
        return this.#add(action.endpoint, action.lane, nowMs, nowMs + action.waitMs);
      case 'attempt':
        return this.#record(
          ENDPOINTS.flatMap((e) => this.#model.due(e, nowMs)),
          action,
          true,
        );
      case 'move':
        return this.#record(
          ENDPOINTS.flatMap((e) => this.#model.pending(e)),
          action,
          false,
        );
      case 'pass time':
        return clock.advance(action.waitMs);
      case 'hasten':
        this.#model.hasten(action.endpoint, nowMs);
        await storage.webhooks.hasten(action.endpoint, nowMs);
        return;
      case 'replay':
        return this.#replay(action.endpoint, action.state, nowMs);
      case 'remove endpoint':
        this.#model.removeEndpoint(action.endpoint);
        return storage.webhooks.removeEndpoint(action.endpoint);
      case 'prune': {
        const rule = { beforeMs: nowMs - action.ageMs, keepRows: action.keepRows };
        this.#model.prune(rule.beforeMs, rule.keepRows);
        while ((await storage.events.prune(rule, 3)) > 0);
        return;
      }
      case 'restart':
        return this.#world.reopen();
    }
  }

  /** What the storage says now. */
  async answers(): Promise<Answers[]> {
    const { webhooks } = this.#world.storage;
    const nowMs = this.#world.clock.now();
    const of = async (endpoint: string) => ({
      due: (await webhooks.due(endpoint, nowMs, 100)).map(essence),
      nextDueAtMs: await webhooks.nextDueAtMs(endpoint, nowMs),
      waiting: (await webhooks.pendingInOrder(endpoint, 'a', 100)).map(essence),
      log: (await webhooks.deliveries(endpoint, { limit: 100 })).map(line),
    });
    return [await of('x'), await of('y')];
  }

  /** What it should say. */
  expected(): Answers[] {
    const nowMs = this.#world.clock.now();
    const of = (endpoint: string) => ({
      due: this.#model.due(endpoint, nowMs).map(essence),
      nextDueAtMs: this.#model.nextDueAtMs(endpoint, nowMs),
      waiting: this.#model
        .pending(endpoint)
        .filter(({ lane }) => lane === 'a')
        .map(essence),
      log: this.#model.rows
        .filter((row) => row.endpoint === endpoint)
        .map(line)
        .reverse(),
    });
    return [of('x'), of('y')];
  }

  async #add(endpointId: string, orderKey: string, nowMs: number, dueAtMs: number): Promise<void> {
    const id = `e${String(++this.#made).padStart(4, '0')}`;
    this.#model.add(`d${id}`, endpointId, orderKey, nowMs, dueAtMs);
    const batch = sampleDelivery(id, { endpointId, orderKey, notBeforeMs: dueAtMs });
    await this.#world.storage.events.append(batch);
  }

  async #record(
    candidates: readonly ModelDelivery[],
    { pick, to, waitMs }: { pick: number; to: DeliveryState; waitMs: number },
    counted: boolean,
  ): Promise<void> {
    const row = candidates[pick % Math.max(1, candidates.length)];
    if (!row) return;
    const nextAttemptAtMs = this.#world.clock.now() + waitMs;
    const after: AfterAttempt = to === 'pending' ? { state: to, nextAttemptAtMs } : { state: to };
    const attempt = counted ? sampleAttempt(row.attempts + 1) : null;
    this.#model.record(row, counted, after);
    await this.#world.storage.webhooks.recordAttempts([{ deliveryId: row.id, attempt, after }]);
  }

  async #replay(endpoint: string, state: 'failed' | undefined, nowMs: number): Promise<void> {
    const { webhooks } = this.#world.storage;
    this.#model.replay(endpoint, state, nowMs);
    for (let after: string | null = null; ; ) {
      const step = { limit: 2, after };
      const { last } = await webhooks.replay(endpoint, state ? { state } : {}, nowMs, step);
      if (last === null) return;
      after = last;
    }
  }
}

const essence = (row: { id: string; attempts: number; scheduleBase: number }) =>
  `${row.id} ${row.attempts} ${row.scheduleBase}`;

const line = ({ id, state }: { id: string; state: DeliveryState }) => `${id} ${state}`;
