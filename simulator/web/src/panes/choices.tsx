import { ExternalLink } from 'lucide-react';
import type { MessageView } from '../../../src/control/contract/views.ts';
import { api } from '../live/api.ts';
import { attempt } from '../live/store.ts';
import { type Choice, choicesOf } from '../model/choices.ts';

interface Props {
  number: string;
  chat: string;
  message: MessageView;
}

/** Buttons and lists that a message offers; whoever got it can choose. */
export function Choices({ number, chat, message }: Props) {
  const choices = choicesOf(message);
  if (choices.length === 0) return null;
  const choose = ({ reply }: Choice) => {
    if (!reply) return;
    const content = { ...reply, quoted: { id: message.id } };
    void attempt(() => api.send(number, chat, { content }));
  };
  return (
    <ul className="offers">
      {choices.map((choice) => (
        <li key={choice.key}>
          {choice.url ? (
            <a href={choice.url} target="_blank" rel="noreferrer noopener">
              {choice.label} <ExternalLink aria-hidden className="inline-icon" />
            </a>
          ) : (
            <button
              type="button"
              disabled={message.fromMe || !choice.reply}
              onClick={() => choose(choice)}
            >
              {choice.label}
              {choice.detail && <small>{choice.detail}</small>}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
