import { ExternalLink, RotateCcw, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { api } from '../live/api.ts';
import { forgetViolations } from '../live/follow.ts';
import { usePage } from '../live/store.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { Setup } from '../parts/setup.tsx';
import { useSubmission } from '../parts/submit.ts';
import { timeOf } from '../parts/time.ts';

/** What clients did against the rules, how to connect one, and the way back to the beginning. */
export function ActivityDialog({ onClose }: { onClose: () => void }) {
  const { world } = usePage();
  const violations = world.violations.toReversed();
  return (
    <Dialog title="Simulator" onClose={onClose} side>
      <h3>Connect a client</h3>
      <Setup />
      <p>
        <a href="/docs/" target="_blank" rel="noreferrer">
          Reference of the API <ExternalLink aria-hidden className="inline-icon" />
        </a>
      </p>
      <h3>Rules that clients broke</h3>
      {violations.length === 0 ? (
        <p className="all-well">
          <ShieldCheck aria-hidden />
          None: signatures, counters, receipts and device lists of all clients were in order.
        </p>
      ) : (
        <>
          <ul className="violations">
            {violations.map(({ at, rule, device, text }, index) => (
              <li key={violations.length - index}>
                <strong>{rule}</strong>
                <small>
                  {timeOf(at)} · {device ?? 'unpaired client'}
                </small>
                <p>{text}</p>
              </li>
            ))}
          </ul>
          <button type="button" onClick={forgetViolations}>
            Forget them
          </button>
        </>
      )}
      <h3>Start anew</h3>
      <StartAnew onDone={onClose} />
    </Dialog>
  );
}

/** Asks twice: there is no way back. */
function StartAnew({ onDone }: { onDone: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const { isBusy, problem, run } = useSubmission();
  return (
    <>
      <p className="hint">
        Removes all phones, chats, groups and faults, and cuts off all clients.
      </p>
      {isAsking ? (
        <div className="inline">
          <button
            type="button"
            className="danger"
            disabled={isBusy}
            onClick={() => run(() => api.reset().then(onDone))}
          >
            Remove everything
          </button>
          <button type="button" onClick={() => setAsking(false)}>
            Keep it
          </button>
        </div>
      ) : (
        <button type="button" onClick={() => setAsking(true)}>
          <RotateCcw aria-hidden /> Start anew
        </button>
      )}
      <Problem text={problem} />
    </>
  );
}
