import type { OutgoingContent } from '../content.ts';
import { isLidServer } from './jid.ts';

export type Addressing = 'pn' | 'lid';

interface Named {
  readonly participant: string | null;
  readonly participantAlt?: string | null;
}

/**
 * The content with every person it refers to named as the chat names people: by phone or by LID. A
 * reaction or a quote under the other name would be about a message that nobody has.
 */
export function inAddressing(content: OutgoingContent, addressing: Addressing): OutgoingContent {
  const target = 'target' in content ? { target: personIn(content.target, addressing) } : {};
  const { context } = content;
  const quoted = context?.quoted && { ...context.quoted, ...personIn(context.quoted, addressing) };
  return {
    ...content,
    ...target,
    ...(quoted ? { context: { ...context, quoted } } : {}),
  };
}

/** A person, or a message by its author, as the chat names people. */
export function personIn<T extends Named>(person: T, addressing: Addressing): T {
  const { participant, participantAlt } = person;
  const isLid = (jid: string) => isLidServer(jid.slice(jid.indexOf('@') + 1));
  const fits = (jid: string | null | undefined) => !!jid && isLid(jid) === (addressing === 'lid');
  return !fits(participant) && fits(participantAlt)
    ? { ...person, participant: participantAlt }
    : person;
}
