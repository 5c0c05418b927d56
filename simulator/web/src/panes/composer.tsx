import { SendHorizontal, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { api } from '../live/api.ts';
import { attempt } from '../live/store.ts';
import { useTyping } from '../live/typing.ts';
import { preview } from '../model/conversation.ts';
import { AttachMenu } from './attach-menu.tsx';
import type { Task } from './task.ts';

interface Props {
  number: string;
  chat: string;
  name: string;
  task: Task | null;
  onDone: () => void;
}

/** Where words are written: Enter sends, Shift+Enter starts a line, Escape gives up an answer. */
export function Composer({ number, chat, name, task, onDone }: Props) {
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const typing = useTyping(number, chat);
  useEffect(() => {
    if (!task) return;
    if (task.kind === 'edit') setText(task.text);
    field.current?.focus();
  }, [task]);

  const send = () => {
    const words = text.trim();
    if (words === '') return;
    setText('');
    onDone();
    typing.stop();
    void attempt(() => api.send(number, chat, outgoing(words, task))).then((isSent) => {
      if (!isSent) setText((now) => now || words);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && task) onDone();
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const quotedId = task?.kind === 'answer' ? task.message.id : null;
  return (
    <footer className="composer">
      {task && <TaskBar task={task} onCancel={onDone} />}
      <div className="line">
        <AttachMenu to={{ number, chat, quotedId }} />
        <textarea
          ref={field}
          rows={1}
          value={text}
          aria-label={`Message to ${name}`}
          placeholder="Message"
          onChange={(event) => {
            setText(event.target.value);
            typing.typed();
          }}
          onBlur={typing.stop}
          onKeyDown={onKeyDown}
        />
        <button
          type="button"
          className="send"
          aria-label="Send"
          disabled={text.trim() === ''}
          onClick={send}
        >
          <SendHorizontal aria-hidden />
        </button>
      </div>
    </footer>
  );
}

function outgoing(text: string, task: Task | null) {
  if (!task) return { text };
  const target = { id: task.message.id };
  const content = { type: 'text', text };
  return task.kind === 'edit'
    ? { content: { type: 'edit', target, content } }
    : { content: { ...content, quoted: target } };
}

function TaskBar({ task, onCancel }: { task: Task; onCancel: () => void }) {
  const { message } = task;
  const author = message.fromMe ? 'yourself' : message.sender.name;
  return (
    <div className="task">
      <span className="grow">
        <strong>{task.kind === 'edit' ? 'Edit your message' : `Answer to ${author}`}</strong>
        <small>{preview(message)}</small>
      </span>
      <button type="button" className="icon" aria-label="Give it up" onClick={onCancel}>
        <X aria-hidden />
      </button>
    </div>
  );
}
