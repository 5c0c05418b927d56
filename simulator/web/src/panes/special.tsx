import { CalendarDays, MapPin, UserRound } from 'lucide-react';
import type { MessageView } from '../../../src/control/contract/views.ts';
import { api } from '../live/api.ts';
import { attempt } from '../live/store.ts';
import type { Bubble } from '../model/conversation.ts';
import { word } from '../model/word.ts';

interface Props {
  number: string;
  chat: string;
  bubble: Bubble;
}

/** What is more than words and files: places, people, polls, events. */
export function Special({ number, chat, bubble }: Props) {
  const { content, type, text } = bubble.message;
  switch (type) {
    case 'location':
    case 'live-location':
      return <Place content={content} />;
    case 'contacts':
      return <Contacts content={content} />;
    case 'poll':
      return <Poll number={number} chat={chat} bubble={bubble} />;
    case 'event':
      return (
        <p className="special">
          <CalendarDays aria-hidden />
          <span>
            <strong>{text}</strong>
            <small>{new Date(Number(content['startS']) * 1000).toLocaleString()}</small>
          </span>
        </p>
      );
    case 'group-invite':
      return (
        <p className="special">
          <UserRound aria-hidden />
          <span>
            <strong>Invitation to {word(content['name'], 'a group')}</strong>
            <small>Code {word(content['code'])}</small>
          </span>
        </p>
      );
    case 'unsupported':
      return <p className="text gone">A kind of message that the simulator does not know</p>;
    default:
      return null;
  }
}

function Place({ content }: { content: MessageView['content'] }) {
  const { latitude, longitude, name, address } = content;
  return (
    <p className="special">
      <MapPin aria-hidden />
      <span>
        <strong>{typeof name === 'string' ? name : 'Location'}</strong>
        <small>
          {typeof address === 'string' && `${address} · `}
          {word(latitude)}, {word(longitude)}
        </small>
      </span>
    </p>
  );
}

function Contacts({ content }: { content: MessageView['content'] }) {
  const contacts = content['contacts'] as readonly { name: string; vcard: string }[];
  return contacts.map(({ name, vcard }) => (
    <p key={vcard} className="special">
      <UserRound aria-hidden />
      <span>
        <strong>{name}</strong>
        <small>{/waid=(\d+)/.exec(vcard)?.[1] ?? 'Contact'}</small>
      </span>
    </p>
  ));
}

function Poll({ number, chat, bubble }: Props) {
  const { message, votes } = bubble;
  const isMany = Number(message.content['selectable']) !== 1;
  const own = votes.filter(({ names }) => names.includes('You')).map(({ option }) => option);
  const total = Math.max(1, ...votes.map(({ names }) => names.length));
  const vote = (option: string) => {
    const without = own.filter((one) => one !== option);
    const isChosen = without.length < own.length;
    const choices = isChosen ? without : isMany ? [...own, option] : [option];
    const content = { type: 'poll-vote', poll: { id: message.id }, choices };
    void attempt(() => api.send(number, chat, { content }));
  };
  return (
    <div className="poll" role="group" aria-label={message.text}>
      <strong>{message.text}</strong>
      <small>{isMany ? 'Choose any number' : 'Choose one'}</small>
      {votes.map(({ option, names }) => (
        <button
          key={option}
          type="button"
          aria-pressed={own.includes(option)}
          title={names.join(', ') || 'No votes yet'}
          onClick={() => vote(option)}
        >
          <span>{option}</span>
          <span>{names.length}</span>
          <progress max={total} value={names.length} aria-hidden="true" />
        </button>
      ))}
    </div>
  );
}
