import { Ban, Pin } from 'lucide-react';
import { useState } from 'react';
import type { MessageView } from '../../../src/control/contract/views.ts';
import { type Bubble, preview } from '../model/conversation.ts';
import { Ticks } from '../parts/ticks.tsx';
import { timeOf } from '../parts/time.ts';
import { BubbleMenu } from './bubble-menu.tsx';
import { Choices } from './choices.tsx';
import { Media } from './media.tsx';
import { Special } from './special.tsx';
import type { Task } from './task.ts';

interface Props {
  number: string;
  chat: string;
  bubble: Bubble;
  /** In groups the first bubble of a run says whose it is. */
  showsAuthor: boolean;
  /** Whether Tab stops here; the arrow keys reach all. */
  isStop: boolean;
  onTask: (task: Task) => void;
}

/** One message with all that belongs to it; Enter or a click opens what can be done with it. */
export function BubbleView({ number, chat, bubble, showsAuthor, isStop, onTask }: Props) {
  const { message, opensRun } = bubble;
  const [isOpen, setOpen] = useState(false);
  const side = message.fromMe ? 'out' : 'in';
  const hasAuthor = showsAuthor && !message.fromMe && opensRun;
  return (
    <article className={`bubble ${side}${opensRun ? ' first' : ''}`} aria-label={labelOf(bubble)}>
      <div className="shell">
        {hasAuthor && <p className="author">{message.sender.name}</p>}
        <Body number={number} chat={chat} bubble={bubble} />
        <Foot bubble={bubble} />
      </div>
      {bubble.reactions.length > 0 && (
        <p className="reactions">
          {bubble.reactions.map(({ emoji, names }) => (
            <span key={emoji} title={names.join(', ')}>
              {emoji}
              {names.length > 1 && ` ${names.length}`}
            </span>
          ))}
        </p>
      )}
      <BubbleMenu
        number={number}
        chat={chat}
        bubble={bubble}
        isOpen={isOpen}
        isStop={isStop}
        onToggle={setOpen}
        onTask={onTask}
      />
    </article>
  );
}

function Body({ number, chat, bubble }: { number: string; chat: string; bubble: Bubble }) {
  const { message, text, isDeleted, quoted } = bubble;
  if (isDeleted) {
    return (
      <p className="text gone">
        <Ban aria-hidden className="inline-icon" /> This message was deleted
      </p>
    );
  }
  return (
    <>
      {quoted && (
        <blockquote>
          <strong>{quoted.author}</strong>
          <span>{quoted.text}</span>
        </blockquote>
      )}
      {message.media && <Media number={number} message={message} media={message.media} />}
      <Special number={number} chat={chat} bubble={bubble} />
      {hasWords(message) && text && (
        <p className="text">
          <Linked text={text} />
        </p>
      )}
      <Choices number={number} chat={chat} message={message} />
    </>
  );
}

/** Those that show their words by themselves. */
const WORDLESS = new Set(['poll', 'location', 'contacts', 'event', 'unsupported']);

function hasWords({ type }: MessageView): boolean {
  return !WORDLESS.has(type);
}

const LINK = /(https?:\/\/[^\s<>"]+)/;

/** Addresses in a text become links; everything else stays text. */
function Linked({ text }: { text: string }) {
  return text.split(LINK).map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <a key={part} href={part} target="_blank" rel="noreferrer noopener">
        {part}
      </a>
    ),
  );
}

function Foot({ bubble: { message, isEdited, isPinned } }: { bubble: Bubble }) {
  const { state, error, at } = message;
  return (
    <p className="foot">
      {isPinned && <Pin aria-label="Pinned" className="inline-icon" />}
      {isEdited && <span>edited</span>}
      {error !== null && <span className="failed">refused with {error}</span>}
      <time dateTime={at}>{timeOf(at)}</time>
      {state && <Ticks state={state} error={error} />}
    </p>
  );
}

function labelOf({ message, text, isDeleted }: Bubble): string {
  const author = message.fromMe ? 'You' : message.sender.name;
  const words = isDeleted ? 'deleted message' : preview({ ...message, text });
  return `${author}, ${timeOf(message.at)}: ${words}`;
}
