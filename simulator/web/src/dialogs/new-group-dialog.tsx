import { useState } from 'react';
import { api } from '../live/api.ts';
import { go } from '../live/place.ts';
import { usePage } from '../live/store.ts';
import { Dialog } from '../parts/dialog.tsx';
import { PeopleList } from '../parts/people-list.tsx';
import { Problem } from '../parts/problem.tsx';
import { useSubmission } from '../parts/submit.ts';

/** Makes a group, as its first admin. */
export function NewGroupDialog({ number, onClose }: { number: string; onClose: () => void }) {
  const { world } = usePage();
  const [subject, setSubject] = useState('');
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { isBusy, problem, onSubmit } = useSubmission();
  const people = [...world.accounts.values()].filter((account) => account.number !== number);
  const create = async () => {
    const group = await api.createGroup({ by: number, subject, members: [...chosen] });
    go(number, group.jid);
    onClose();
  };
  const toggle = (member: string) => {
    const next = new Set(chosen);
    if (!next.delete(member)) next.add(member);
    setChosen(next);
  };
  return (
    <Dialog title="New group" onClose={onClose}>
      <form onSubmit={onSubmit(create)}>
        <label>
          Subject
          <input
            value={subject}
            onChange={(event) => setSubject(event.target.value)}
            maxLength={100}
            autoComplete="off"
            autoFocus
            required
          />
        </label>
        <label className="search">
          Members ({chosen.size})
          <input
            type="search"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            placeholder="Name or number"
          />
        </label>
        <PeopleList
          people={people}
          search={search}
          chosen={chosen}
          onChoose={(person) => toggle(person.number)}
        />
        <Problem text={problem} />
        <footer>
          <button type="submit" className="primary" disabled={isBusy}>
            Create group
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
