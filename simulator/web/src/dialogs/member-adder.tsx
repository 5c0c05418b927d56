import { useState } from 'react';
import type { GroupView } from '../../../src/control/contract/views.ts';
import { usePage } from '../live/store.ts';

/** Lets an admin add somebody who is not in the group. */
export function MemberAdder(props: {
  group: GroupView;
  isBusy: boolean;
  onAdd: (member: string) => void;
}) {
  const { group, isBusy, onAdd } = props;
  const { world } = usePage();
  const [chosen, setChosen] = useState('');
  const inside = new Set(group.members.map(({ number }) => number));
  const outside = [...world.accounts.values()].filter(({ number }) => !inside.has(number));
  if (outside.length === 0) return null;
  return (
    <div className="inline">
      <label>
        <span className="unseen">Person to add</span>
        <select value={chosen} onChange={(event) => setChosen(event.target.value)}>
          <option value="">Add somebody…</option>
          {outside.map(({ number, name }) => (
            <option key={number} value={number}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        disabled={isBusy || chosen === ''}
        onClick={() => {
          onAdd(chosen);
          setChosen('');
        }}
      >
        Add
      </button>
    </div>
  );
}
