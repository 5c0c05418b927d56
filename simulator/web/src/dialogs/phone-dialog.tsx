import { Copy, Link2 } from 'lucide-react';
import { useState } from 'react';
import type { AccountView, DeviceView } from '../../../src/control/contract/views.ts';
import { api } from '../live/api.ts';
import { notify, usePage } from '../live/store.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { type Submission, useSubmission } from '../parts/submit.ts';
import { shortTimeOf } from '../parts/time.ts';
import { useDialogs } from './opener.ts';

/** A phone: its addresses, its linked devices and its owner's habits. */
export function PhoneDialog({ number, onClose }: { number: string; onClose: () => void }) {
  const { world } = usePage();
  const open = useDialogs();
  const submission = useSubmission();
  const account = world.accounts.get(number);
  if (!account) return null;
  return (
    <Dialog title={account.name} onClose={onClose}>
      <Rename account={account} submission={submission} />
      <dl className="facts">
        <Fact name="Number" value={account.number} />
        <Fact name="LID" value={account.lid} />
      </dl>
      <h3>Linked devices</h3>
      {account.devices.length === 0 && (
        <p className="hint">None yet. A client shows a QR code; scan it with this phone.</p>
      )}
      <ul className="people">
        {account.devices.map((device) => (
          <Device key={device.id} account={account} device={device} submission={submission} />
        ))}
      </ul>
      <button type="button" onClick={() => open({ kind: 'link', ref: null })}>
        <Link2 aria-hidden /> Link a client
      </button>
      <h3>Habits of the owner</h3>
      <Habit
        account={account}
        habit="readsAtOnce"
        label="Reads every message at once"
        hint="Blue ticks, even while nobody looks at this page."
        submission={submission}
      />
      <Habit
        account={account}
        habit="deliveryReceipts"
        label="Confirms deliveries"
        hint="Off is a phone without network: messages stay at one tick."
        submission={submission}
      />
      <Problem text={submission.problem} />
    </Dialog>
  );
}

function Rename({ account, submission }: { account: AccountView; submission: Submission }) {
  const [name, setName] = useState(account.name);
  const isSame = name.trim() === '' || name === account.name;
  return (
    <form
      className="inline"
      onSubmit={submission.onSubmit(() => api.changeAccount(account.number, { name: name.trim() }))}
    >
      <label>
        Name
        <input value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
      </label>
      <button type="submit" disabled={isSame || submission.isBusy}>
        Rename
      </button>
    </form>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  const copy = () =>
    navigator.clipboard.writeText(value).then(
      () => notify('good', `${name} copied.`),
      () => notify('bad', 'The browser does not let this page copy.'),
    );
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <code>{value}</code>
        <button
          type="button"
          className="icon"
          aria-label={`Copy ${name}`}
          onClick={() => void copy()}
        >
          <Copy aria-hidden />
        </button>
      </dd>
    </div>
  );
}

function Device(props: { account: AccountView; device: DeviceView; submission: Submission }) {
  const { account, device, submission } = props;
  const { number } = account;
  const waiting = device.waiting > 0 ? ` · ${device.waiting} waiting` : '';
  return (
    <li className="row">
      <span className={`dot ${device.online ? 'on' : 'off'}`} aria-hidden="true" />
      <span className="grow">
        <strong>{device.platform}</strong>
        <small>
          {device.online ? 'Online' : 'Offline'} · linked {shortTimeOf(device.linkedAt)}
          {waiting}
        </small>
      </span>
      <button
        type="button"
        className="small"
        disabled={!device.online || submission.isBusy}
        onClick={() => submission.run(() => api.drop(number, device.id))}
      >
        Cut off
      </button>
      <button
        type="button"
        className="small"
        disabled={submission.isBusy}
        onClick={() => submission.run(() => api.unlink(number, device.id))}
      >
        Unlink
      </button>
    </li>
  );
}

function Habit(props: {
  account: AccountView;
  habit: 'readsAtOnce' | 'deliveryReceipts';
  label: string;
  hint: string;
  submission: Submission;
}) {
  const { account, habit, label, hint, submission } = props;
  return (
    <label className="switch">
      <input
        type="checkbox"
        role="switch"
        checked={account.habits[habit]}
        onChange={(event) => {
          const habits = { [habit]: event.target.checked };
          submission.run(() => api.changeAccount(account.number, { habits }));
        }}
      />
      <span>
        {label}
        <small>{hint}</small>
      </span>
    </label>
  );
}
