import type { GroupView } from '../../../src/control/contract/views.ts';
import { api } from '../live/api.ts';
import { usePage } from '../live/store.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { useSubmission } from '../parts/submit.ts';
import { phoneOf } from '../parts/time.ts';
import { MemberAdder } from './member-adder.tsx';

interface Props {
  jid: string;
  /** Whose phone is in hand. */
  number: string;
  onClose: () => void;
}

/** A group and its members; admins change it. */
export function GroupDialog({ jid, number, onClose }: Props) {
  const { world } = usePage();
  const group = world.groups.get(jid);
  const { isBusy, problem, run } = useSubmission();
  if (!group) return null;
  const own = group.members.find((member) => member.number === number);
  const isAdmin = own !== undefined && own.role !== 'member';
  const change = (action: string, member: string) =>
    run(() => api.changeMembers(jid, number, action, [member]));
  return (
    <Dialog title={group.subject} onClose={onClose}>
      {group.description && <p>{group.description}</p>}
      <h3>
        {group.members.length} {group.members.length === 1 ? 'member' : 'members'}
      </h3>
      <ul className="people">
        {group.members.map((member) => (
          <li key={member.number} className="row">
            <Avatar name={member.name} picture={null} small />
            <span className="grow">
              <strong>{member.number === number ? `${member.name} (you)` : member.name}</strong>
              <small>
                {member.role === 'member'
                  ? phoneOf(member.number)
                  : `${phoneOf(member.number)} · admin`}
              </small>
            </span>
            {isAdmin && member.number !== number && (
              <MemberActions member={member} isBusy={isBusy} onAction={change} />
            )}
          </li>
        ))}
      </ul>
      {isAdmin && (
        <MemberAdder group={group} isBusy={isBusy} onAdd={(member) => change('add', member)} />
      )}
      <Problem text={problem} />
      <footer>
        {own && (
          <button
            type="button"
            className="danger"
            disabled={isBusy}
            onClick={() => run(() => api.leaveGroup(jid, number).then(onClose))}
          >
            Leave group
          </button>
        )}
      </footer>
    </Dialog>
  );
}

function MemberActions(props: {
  member: GroupView['members'][number];
  isBusy: boolean;
  onAction: (action: string, member: string) => void;
}) {
  const { member, isBusy, onAction } = props;
  const [role, label] = member.role === 'member' ? ['promote', 'Make admin'] : ['demote', 'Demote'];
  return (
    <>
      <button
        type="button"
        className="small"
        disabled={isBusy}
        aria-label={`${label}: ${member.name}`}
        onClick={() => onAction(role, member.number)}
      >
        {label}
      </button>
      <button
        type="button"
        className="small"
        disabled={isBusy}
        aria-label={`Remove ${member.name}`}
        onClick={() => onAction('remove', member.number)}
      >
        Remove
      </button>
    </>
  );
}
