import { type FormEvent, useState } from 'react';
import { whyOf } from '../live/api.ts';

/** The state of a form that asks the simulator for something. */
export interface Submission {
  readonly isBusy: boolean;
  /** Why it was refused; shown in the form, where the eyes are. */
  readonly problem: string | null;
  /** Runs the action; a refusal ends up in `problem`. */
  readonly run: (action: () => Promise<unknown>) => void;
  /** The same, for `onSubmit`. */
  readonly onSubmit: (action: () => Promise<unknown>) => (event: FormEvent) => void;
}

export function useSubmission(): Submission {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const run = (action: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(null);
    action()
      .catch((error: unknown) => setProblem(whyOf(error)))
      .finally(() => setBusy(false));
  };
  return {
    isBusy,
    problem,
    run,
    onSubmit: (action) => (event) => {
      event.preventDefault();
      run(action);
    },
  };
}
