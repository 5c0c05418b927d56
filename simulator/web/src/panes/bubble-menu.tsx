import { ChevronDown, Copy, Pencil, Reply, Trash2 } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { api } from '../live/api.ts';
import { attempt, notify } from '../live/store.ts';
import type { Bubble } from '../model/conversation.ts';
import { useArrowKeys } from '../parts/arrow-keys.ts';
import type { Task } from './task.ts';

const EMOJI = ['👍', '❤️', '😂', '😮', '🙏'];

interface Props {
  number: string;
  chat: string;
  bubble: Bubble;
  isOpen: boolean;
  isStop: boolean;
  onToggle: (isOpen: boolean) => void;
  onTask: (task: Task) => void;
}

/** What can be done with a message. */
export function BubbleMenu(props: Props) {
  const { bubble, isOpen, isStop, onToggle } = props;
  const holder = useRef<HTMLDivElement>(null);
  const author = bubble.message.fromMe
    ? 'your message'
    : `message of ${bubble.message.sender.name}`;
  return (
    <div
      className="menu-holder"
      ref={holder}
      onBlur={({ relatedTarget }) => {
        if (isOpen && !holder.current?.contains(relatedTarget)) onToggle(false);
      }}
    >
      <button
        type="button"
        className="menu-button"
        data-item
        tabIndex={isStop ? 0 : -1}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={`What to do with ${author}: ${bubble.text.slice(0, 60)}`}
        onClick={() => onToggle(!isOpen)}
      >
        <ChevronDown aria-hidden />
      </button>
      {isOpen && (
        <Menu
          {...props}
          onClose={() => {
            onToggle(false);
            holder.current?.querySelector('button')?.focus();
          }}
        />
      )}
    </div>
  );
}

function Menu({ number, chat, bubble, onTask, onClose }: Props & { onClose: () => void }) {
  const { message } = bubble;
  const menu = useRef<HTMLDivElement>(null);
  // The row of emoji lies sideways, but all items are one list.
  const onArrow = useArrowKeys({ sideways: true });
  useEffect(() => {
    menu.current?.querySelector<HTMLElement>('[data-item]')?.focus();
  }, []);
  const send = (content: { readonly type: string } & Readonly<Record<string, unknown>>) => {
    onClose();
    void attempt(() => api.send(number, chat, { content }));
  };
  const target = { id: message.id };
  const isOwnText = message.fromMe && message.type === 'text' && !bubble.isDeleted;
  return (
    <div
      className="menu"
      ref={menu}
      role="menu"
      aria-label="Message"
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Escape') onClose();
        onArrow(event);
      }}
    >
      <div className="emoji" role="group" aria-label="React">
        {EMOJI.map((emoji) => (
          <button
            key={emoji}
            type="button"
            role="menuitem"
            data-item
            tabIndex={-1}
            aria-label={`React with ${emoji}`}
            onClick={() => send({ type: 'reaction', target, emoji })}
          >
            {emoji}
          </button>
        ))}
      </div>
      <Item
        icon={<Reply aria-hidden />}
        label="Reply"
        onChoose={() => onTask({ kind: 'answer', message })}
      />
      {isOwnText && (
        <Item
          icon={<Pencil aria-hidden />}
          label="Edit"
          onChoose={() => onTask({ kind: 'edit', message, text: bubble.text })}
        />
      )}
      {message.fromMe && !bubble.isDeleted && (
        <Item
          icon={<Trash2 aria-hidden />}
          label="Delete for everyone"
          onChoose={() => send({ type: 'delete', target })}
        />
      )}
      <Item
        icon={<Copy aria-hidden />}
        label="Copy id"
        onChoose={() => {
          onClose();
          navigator.clipboard.writeText(message.id).then(
            () => notify('good', 'Message id copied.'),
            () => notify('bad', 'The browser does not let this page copy.'),
          );
        }}
      />
    </div>
  );
}

function Item({ icon, label, onChoose }: { icon: ReactNode; label: string; onChoose: () => void }) {
  return (
    <button type="button" role="menuitem" data-item tabIndex={-1} onClick={onChoose}>
      {icon} {label}
    </button>
  );
}
