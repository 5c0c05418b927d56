import type { AccountView } from '../../../src/control/contract/views.ts';
import { useArrowKeys } from './arrow-keys.ts';
import { Avatar } from './avatar.tsx';
import { phoneOf } from './time.ts';

interface Props {
  people: readonly AccountView[];
  search: string;
  onChoose: (person: AccountView) => void;
  /** Numbers of those who are ticked, when several may be. */
  chosen?: ReadonlySet<string>;
}

/** More are found by searching. */
const MAX_SHOWN = 100;

/** People to choose from. */
export function PeopleList({ people, search, onChoose, chosen }: Props) {
  const onKeyDown = useArrowKeys();
  const found = people.filter((person) => fits(person, search));
  return (
    <ul className="people" onKeyDown={onKeyDown}>
      {found.slice(0, MAX_SHOWN).map((person, index) => (
        <li key={person.number}>
          <button
            type="button"
            className="row"
            data-item
            tabIndex={index === 0 ? 0 : -1}
            aria-pressed={chosen?.has(person.number)}
            onClick={() => onChoose(person)}
          >
            <Avatar name={person.name} picture={person.picture} small />
            <span className="grow">
              <strong>{person.name}</strong>
              <small>{phoneOf(person.number)}</small>
            </span>
          </button>
        </li>
      ))}
      {found.length > MAX_SHOWN && (
        <li className="hint">{found.length - MAX_SHOWN} more; search for them.</li>
      )}
      {people.length > 0 && found.length === 0 && <li className="hint">Nobody fits.</li>}
    </ul>
  );
}

/** Whether a name or number contains what is searched for. */
export function fits(
  { name, number }: Pick<AccountView, 'name' | 'number'>,
  search: string,
): boolean {
  const wanted = search.trim().toLocaleLowerCase();
  if (wanted === '') return true;
  const digits = wanted.replace(/[\s+()-]/g, '');
  return (
    name.toLocaleLowerCase().includes(wanted) || (/^\d+$/.test(digits) && number.includes(digits))
  );
}
