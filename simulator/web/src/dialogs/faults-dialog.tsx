import { PlugZap, Zap } from 'lucide-react';
import { useState } from 'react';
import type { ActiveFaultView, FaultKindView } from '../../../src/control/contract/views.ts';
import { api } from '../live/api.ts';
import { notify, usePage } from '../live/store.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { useSubmission } from '../parts/submit.ts';
import { FaultForm } from './fault-form.tsx';

/** Everything that can be made to go wrong, and what is going wrong now. */
export function FaultsDialog({ onClose }: { onClose: () => void }) {
  const { world } = usePage();
  const { kinds, active } = world.faults;
  const { isBusy, problem, run } = useSubmission();
  const dropAll = async () => {
    const { dropped } = await api.dropAll();
    notify('good', dropped === 1 ? 'One connection was cut.' : `${dropped} connections were cut.`);
  };
  return (
    <Dialog title="Faults" onClose={onClose} side>
      <section aria-label="Switched on">
        {active.length === 0 ? (
          <p className="hint">
            Everything works. Switch something on below, and see what your code does: faults hit
            linked clients, never the phones on this page.
          </p>
        ) : (
          <ul className="people">
            {active.map((fault) => (
              <ActiveFault key={fault.id} fault={fault} />
            ))}
          </ul>
        )}
        <div className="inline">
          <button type="button" disabled={isBusy} onClick={() => run(dropAll)}>
            <PlugZap aria-hidden /> Cut all connections
          </button>
          {active.length > 0 && (
            <button type="button" disabled={isBusy} onClick={() => run(api.clearFaults)}>
              Switch all off
            </button>
          )}
        </div>
        <Problem text={problem} />
      </section>
      <h3>What can go wrong</h3>
      <ul className="faults">
        {kinds.map((kind) => (
          <li key={kind.kind}>
            <FaultKind kind={kind} />
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function FaultKind({ kind }: { kind: FaultKindView }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <strong>{titleOf(kind.kind)}</strong>
        <small>
          <Prose text={kind.what} />
        </small>
      </summary>
      {isOpen && <FaultForm kind={kind} />}
    </details>
  );
}

/** Backticks in the catalogue mark the names of parameters. */
function Prose({ text }: { text: string }) {
  return text.split('`').map((part, index) =>
    // The parts of a fixed text never change places.
    index % 2 === 0 ? part : <code key={part}>{part}</code>,
  );
}

function ActiveFault({ fault: { id, fault, hits } }: { fault: ActiveFaultView }) {
  const { isBusy, problem, run } = useSubmission();
  const { kind, ...parameters } = fault;
  const details = Object.entries(parameters).map(([name, value]) => `${name} ${String(value)}`);
  return (
    <li className="row">
      <Zap aria-hidden className="lit" />
      <span className="grow">
        <strong>{titleOf(kind)}</strong>
        <small>
          {[...details, hits === 1 ? 'struck once' : `struck ${hits} times`].join(' · ')}
        </small>
      </span>
      <button
        type="button"
        className="small"
        disabled={isBusy}
        aria-label={`Switch off: ${titleOf(kind)}`}
        onClick={() => run(() => api.clearFault(id))}
      >
        Switch off
      </button>
      <Problem text={problem} />
    </li>
  );
}

/** `refuse-login` becomes "Refuse login". */
export function titleOf(kind: string): string {
  const words = kind.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
