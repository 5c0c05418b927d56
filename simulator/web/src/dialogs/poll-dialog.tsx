import { useState } from 'react';
import { api } from '../live/api.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { useSubmission } from '../parts/submit.ts';
import type { Destination } from './opener.ts';

/** Asks a question with options. */
export function PollDialog({ to, onClose }: { to: Destination; onClose: () => void }) {
  const [question, setQuestion] = useState('');
  const [options, setOptions] = useState('');
  const [several, setSeveral] = useState(false);
  const { isBusy, problem, onSubmit } = useSubmission();
  const lines = options
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const send = async () => {
    const content = { type: 'poll', question, options: lines, selectable: several ? 0 : 1 };
    await api.send(to.number, to.chat, { content });
    onClose();
  };
  return (
    <Dialog title="Poll" onClose={onClose}>
      <form onSubmit={onSubmit(send)}>
        <label>
          Question
          <input
            value={question}
            onChange={(event) => setQuestion(event.target.value)}
            maxLength={255}
            autoFocus
            required
          />
        </label>
        <label>
          Options, one per line
          <textarea
            value={options}
            onChange={(event) => setOptions(event.target.value)}
            rows={4}
            required
          />
        </label>
        <label className="switch">
          <input
            type="checkbox"
            role="switch"
            checked={several}
            onChange={(event) => setSeveral(event.target.checked)}
          />
          <span>Several may be chosen</span>
        </label>
        <Problem text={problem} />
        <footer>
          <button type="submit" className="primary" disabled={isBusy || lines.length < 2}>
            Send
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
