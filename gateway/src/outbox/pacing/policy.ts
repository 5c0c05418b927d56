/** From and to, both included, in milliseconds. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * How often one kind of send may happen: a pause since the last of its kind, drawn anew each time, and
 * how many may fall into any 60 seconds, 60 minutes and 24 hours. Null: no limit; 0: never.
 */
export interface Budget {
  readonly gapMs: Range;
  readonly perMinute: number | null;
  readonly perHour: number | null;
  readonly perDay: number | null;
}

/**
 * A person who writes to a handful of new people does it in one go. So many first messages go without the
 * pause of their budget in any time of this length; all limits of the budget hold.
 */
export interface Burst {
  readonly messages: number;
  readonly withinMs: number;
}

/** "typing" or "recording" is shown for the time a person would need, within bounds. */
export interface Typing {
  readonly msPerCharacter: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** A freshly linked number begins few new chats and more each day. */
export interface WarmUp {
  /** Share of `cold.perDay` by full days since linking; after the last day all of it. Each 0 to 1. */
  readonly shares: readonly number[];
  /** After so long without a send the ramp starts again ... */
  readonly idleMs: number;
  /** ... at this day, if it was further. */
  readonly resumeAtDay: number;
}

/** A part of the day without sends. `from` later than `to` spans midnight; equal times mean never. */
export interface QuietHours {
  /** `HH:MM` on the clock of the time zone. */
  readonly from: string;
  readonly to: string;
  /** IANA name such as `America/Sao_Paulo`. */
  readonly timeZone: string;
  /** `unsolicited` lets answers to people through, and holds bulk and first messages. */
  readonly applies: 'all' | 'unsolicited';
}

/**
 * The same words to many people who did not ask for them: further ones are held. Who varies the text
 * (see `texts`) is not held.
 */
export interface SameText {
  /** To how many chats the same text may go ... */
  readonly chats: number;
  /** ... within this time. */
  readonly withinMs: number;
}

/** After the connection opens, the backlog starts slowly. */
export interface Recovery {
  readonly delayMs: Range;
  /** Pauses are so many times longer ... */
  readonly slowdown: number;
  /** ... for this long. */
  readonly lastsMs: number;
}

export const PRESETS = ['off', 'gentle', 'strict'] as const;
export type Preset = (typeof PRESETS)[number];

/** How a session spaces its sends. A change applies from the next send on. */
export interface PacingPolicy {
  /** `off` sends as fast as WhatsApp takes it; every other field is then without effect. */
  readonly preset: Preset | 'custom';
  /** Every send. */
  readonly all: Budget;
  /** Sends to chats that wrote to us lately, and further ones to a chat begun within the last day. */
  readonly warm: Budget;
  /** Sends that begin a chat: it has not written to us lately and we have not written to it either. */
  readonly cold: Budget;
  /** Takes the pause of `cold` from the first few. */
  readonly burst: Burst | null;
  /** How long after its last message to us a chat counts as warm. */
  readonly warmForMs: number;
  readonly typing: Typing | null;
  readonly warmUp: WarmUp | null;
  readonly quietHours: QuietHours | null;
  readonly sameText: SameText | null;
  readonly recovery: Recovery | null;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** The largest number of sends in a window that a policy may name; what is kept of the past covers it. */
export const MAX_WINDOW_LIMIT = 10_000;

const UNLIMITED: Budget = {
  gapMs: { min: 0, max: 0 },
  perMinute: null,
  perHour: null,
  perDay: null,
};

const seconds = (min: number, max: number): Range => ({
  min: min * SECOND_MS,
  max: max * SECOND_MS,
});

const OFF: PacingPolicy = {
  preset: 'off',
  all: UNLIMITED,
  warm: UNLIMITED,
  cold: UNLIMITED,
  burst: null,
  warmForMs: 7 * DAY_MS,
  typing: null,
  warmUp: null,
  quietHours: null,
  sameText: null,
  recovery: null,
};

/**
 * The numbers are a judgement, not WhatsApp's: nobody outside knows its thresholds, and they change.
 * They keep below what operators report as trouble, and slow down what WhatsApp itself restricts: new
 * chats. Conversations and the first few tries of a new user are not slower than a person would be.
 */
const GENTLE: PacingPolicy = {
  preset: 'gentle',
  all: { gapMs: seconds(0.8, 2.5), perMinute: 30, perHour: 600, perDay: 4_000 },
  warm: { gapMs: seconds(0, 0), perMinute: 25, perHour: 500, perDay: 3_500 },
  cold: { gapMs: seconds(12, 35), perMinute: 3, perHour: 15, perDay: 200 },
  burst: { messages: 3, withinMs: HOUR_MS },
  warmForMs: 7 * DAY_MS,
  typing: { msPerCharacter: 20, minMs: 400, maxMs: 2_500 },
  warmUp: {
    shares: [0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
    idleMs: 14 * DAY_MS,
    resumeAtDay: 4,
  },
  quietHours: null,
  sameText: { chats: 10, withinMs: HOUR_MS },
  recovery: { delayMs: seconds(1, 3), slowdown: 2, lastsMs: MINUTE_MS },
};

const strict = (timeZone: string): PacingPolicy => ({
  preset: 'strict',
  all: { gapMs: seconds(3, 8), perMinute: 10, perHour: 200, perDay: 1_000 },
  warm: { gapMs: seconds(0, 0), perMinute: 8, perHour: 180, perDay: 900 },
  cold: { gapMs: seconds(45, 120), perMinute: 1, perHour: 12, perDay: 50 },
  burst: null,
  warmForMs: 3 * DAY_MS,
  typing: { msPerCharacter: 70, minMs: 1_000, maxMs: 12_000 },
  warmUp: {
    shares: [0.1, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
    idleMs: 7 * DAY_MS,
    resumeAtDay: 2,
  },
  quietHours: { from: '21:00', to: '08:00', timeZone, applies: 'unsolicited' },
  sameText: { chats: 5, withinMs: 3 * HOUR_MS },
  recovery: { delayMs: seconds(3, 10), slowdown: 3, lastsMs: 5 * MINUTE_MS },
});

/** The policy behind a name; `timeZone` is where its quiet hours are counted. */
export function presetPolicy(preset: Preset, timeZone: string): PacingPolicy {
  switch (preset) {
    case 'off':
      return OFF;
    case 'gentle':
      return GENTLE;
    case 'strict':
      return strict(timeZone);
  }
}
