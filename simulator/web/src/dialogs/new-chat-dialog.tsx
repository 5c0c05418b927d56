import { useState } from 'react';
import { go } from '../live/place.ts';
import { usePage } from '../live/store.ts';
import { Dialog } from '../parts/dialog.tsx';
import { PeopleList } from '../parts/people-list.tsx';

/** Opens a chat with somebody. */
export function NewChatDialog({ number, onClose }: { number: string; onClose: () => void }) {
  const { world } = usePage();
  const [search, setSearch] = useState('');
  const people = [...world.accounts.values()].filter((account) => account.number !== number);
  return (
    <Dialog title="New chat" onClose={onClose}>
      <label className="search">
        <span className="unseen">Search people</span>
        <input
          type="search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          placeholder="Name or number"
          autoFocus
        />
      </label>
      <PeopleList
        people={people}
        search={search}
        onChoose={({ jid }) => {
          go(number, jid);
          onClose();
        }}
      />
      {people.length === 0 && (
        <p className="hint">There is nobody else yet. Make another phone first.</p>
      )}
    </Dialog>
  );
}
