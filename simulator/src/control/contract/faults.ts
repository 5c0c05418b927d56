import { z } from 'zod';
import type { FaultKind } from '../../server/faults.ts';
import type { FaultParameterView } from './views.ts';

/* The form of each fault. `choices` are for people: what the page offers. */

const code = (example: number, ...choices: number[]) =>
  z.int().min(100).max(999).meta({ example, choices });
const milliseconds = z.int().min(0).max(600_000);

const parameters = {
  'refuse-upgrade': { status: code(503, 503, 429, 502, 403) },
  'refuse-login': { code: code(503, 401, 403, 405, 411, 500, 503) },
  'refuse-version': { below: z.int().min(0).max(1e12).meta({ example: 2_000_000_000 }) },
  'stream-error': { code: code(515, 515, 440, 401, 503) },
  'silent-line': {},
  'drop-after-bytes': { bytes: z.int().min(0).max(1e9).meta({ example: 2000 }) },
  'drop-before-ack': { taken: z.boolean().meta({ example: true }) },
  latency: {
    latencyMs: milliseconds.meta({ example: 800 }),
    jitterMs: milliseconds.meta({ example: 400 }),
  },
  reorder: {},
  duplicate: {},
  nack: {
    code: code(463, 463, 479, 406, 429, 500),
    to: z.string().max(100).exactOptional().meta({ example: '' }),
  },
  'rate-overlimit': {},
  unanswered: {
    xmlns: z
      .string()
      .max(100)
      .meta({ example: 'usync', choices: ['usync', 'encrypt', 'w:g2', 'w:m', 'w:p'] }),
  },
  'settings-conflict': {},
  'no-pre-keys': {},
  'hide-other-address': {},
} satisfies Record<FaultKind, z.ZodRawShape>;

const scope = {
  account: z
    .string()
    .regex(/^\d{5,15}$/, 'is not a number in digits')
    .exactOptional()
    .describe('The account it is confined to; everybody when absent.'),
  times: z
    .int()
    .min(1)
    .max(1_000_000)
    .exactOptional()
    .describe('How often it strikes before it is over; until it is switched off when absent.'),
};

const option = <Kind extends FaultKind>(kind: Kind) =>
  z.strictObject({ kind: z.literal(kind), ...parameters[kind], ...scope });

/** A fault to switch on. */
export const faultInput = z
  .discriminatedUnion('kind', [
    option('refuse-upgrade'),
    option('refuse-login'),
    option('refuse-version'),
    option('stream-error'),
    option('silent-line'),
    option('drop-after-bytes'),
    option('drop-before-ack'),
    option('latency'),
    option('reorder'),
    option('duplicate'),
    option('nack'),
    option('rate-overlimit'),
    option('unanswered'),
    option('settings-conflict'),
    option('no-pre-keys'),
    option('hide-other-address'),
  ])
  .meta({ id: 'Fault' });

/** The parameters of a kind of fault, as a form needs them. */
export function parametersOf(kind: FaultKind): FaultParameterView[] {
  return Object.entries<z.ZodType>(parameters[kind]).map(([name, schema]) => {
    const { type, example, choices } = z.toJSONSchema(schema) as unknown as {
      type: FaultParameterView['type'];
      example: FaultParameterView['example'];
      choices?: FaultParameterView['choices'];
    };
    const isOptional = schema instanceof z.ZodExactOptional;
    return { name, type, example, choices: choices ?? [], isOptional };
  });
}

/** What goes wrong with files, for the next transfers that match. */
export const mediaFaultInput = z
  .strictObject({
    kind: z.enum(['not-found', 'gone', 'corrupt', 'slow', 'cut', 'upload-refused']),
    times: z.int().min(1).max(1_000_000).default(1).describe('How many transfers it hits.'),
    direction: z
      .enum(['download', 'upload'])
      .exactOptional()
      .describe('For `slow` and `cut`; downloads when absent.'),
    delayMs: milliseconds.exactOptional().describe('How much longer a `slow` transfer takes.'),
  })
  .meta({ id: 'MediaFault' });
