import { memo } from 'react';
import type { ChatView } from '../../../src/control/contract/views.ts';
import type { Line } from '../model/conversation.ts';
import { useArrowKeys } from '../parts/arrow-keys.ts';
import { dayOf } from '../parts/time.ts';
import { BubbleView } from './bubble.tsx';
import type { Task } from './task.ts';

interface Props {
  number: string;
  chat: string;
  peer: ChatView;
  lines: readonly Line[];
  onTask: (task: Task) => void;
}

/** The lines of a conversation; the arrow keys go from bubble to bubble. */
export const Lines = memo(function Lines({ number, chat, peer, lines, onTask }: Props) {
  const onKeyDown = useArrowKeys();
  const last = lines.findLast(({ kind }) => kind === 'bubble')?.key;
  return (
    <div className="lines" onKeyDown={onKeyDown}>
      {lines.map((line) => {
        switch (line.kind) {
          case 'day':
            return (
              <h3 key={line.key} className="day">
                {dayOf(line.at)}
              </h3>
            );
          case 'note':
            return (
              <p key={line.key} className="log-note">
                {line.text}
              </p>
            );
          case 'bubble':
            return (
              <BubbleView
                key={line.key}
                number={number}
                chat={chat}
                bubble={line.bubble}
                showsAuthor={peer.kind !== 'person'}
                isStop={line.key === last}
                onTask={onTask}
              />
            );
        }
      })}
    </div>
  );
});
