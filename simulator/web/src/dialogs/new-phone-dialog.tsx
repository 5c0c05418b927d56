import { useState } from 'react';
import { api } from '../live/api.ts';
import { go } from '../live/place.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { useSubmission } from '../parts/submit.ts';

/** Makes a phone with a number. */
export function NewPhoneDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [number, setNumber] = useState('');
  const { isBusy, problem, onSubmit } = useSubmission();
  const create = async () => {
    const digits = number.replace(/\D/g, '');
    const created = await api.createAccount({
      ...(name.trim() ? { name: name.trim() } : {}),
      ...(digits ? { number: digits } : {}),
    });
    go(created.number);
    onClose();
  };
  return (
    <Dialog title="New phone" onClose={onClose}>
      <form onSubmit={onSubmit(create)}>
        <label>
          Name
          <input
            value={name}
            onChange={(event) => setName(event.target.value)}
            placeholder="John Doe"
            maxLength={100}
            autoComplete="off"
            autoFocus
          />
        </label>
        <label>
          Number
          <input
            value={number}
            onChange={(event) => setNumber(event.target.value)}
            placeholder="Drawn by lot when empty"
            inputMode="tel"
            autoComplete="off"
          />
          <small>With country code, in digits.</small>
        </label>
        <Problem text={problem} />
        <footer>
          <button type="submit" className="primary" disabled={isBusy}>
            Create
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
