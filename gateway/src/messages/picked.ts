import { type Choice, chosen } from './choices.ts';
import type { MessagePayload } from './normalise/payload.ts';
import type { MessageRecord } from './store.ts';

/** A choice that somebody made by writing its number or its text. */
export interface Picked {
  readonly choice: Choice;
  /** The list or buttons that were answered. */
  readonly question: MessageRecord;
}

/** An answer is short; what is longer is not compared with the choices. */
const MAX_ANSWER = 100;

/** Whether a message could be such an answer; only then is storage asked for the question. */
export function mayPick(payload: MessagePayload): boolean {
  return payload.type === 'text' && !payload.fromMe && payload.text.length <= MAX_ANSWER;
}

/** What a message picks of a question; null when it picks nothing. */
export function pickOf(payload: MessagePayload, question: MessageRecord | null): Picked | null {
  if (question === null) return null;
  const choice = chosen(choicesIn(question), payload.text);
  return choice && { choice, question };
}

/** The payload as if the choice had been tapped; what was typed stays beside it. */
export function withChoice(payload: MessagePayload, picked: Picked | null): MessagePayload {
  if (picked === null) return payload;
  const { choice, question } = picked;
  return {
    ...payload,
    text: choice.text,
    type: question.type === 'list' ? 'list_reply' : 'button_reply',
    reply: { ...choice, messageId: question.messageId, typed: payload.text },
  };
}

/** The choices that were kept with the question (see `createComposer`). */
function choicesIn({ fromMe, data }: MessageRecord): Choice[] {
  const { choices } = data;
  return fromMe && Array.isArray(choices) ? (choices as Choice[]) : [];
}
