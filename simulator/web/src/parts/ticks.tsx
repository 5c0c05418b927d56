import { Check, CheckCheck, CircleAlert, Clock3 } from 'lucide-react';
import type { DeliveryStateView } from '../../../src/control/contract/views.ts';

const NAMES: Readonly<Record<DeliveryStateView, string>> = {
  pending: 'Waiting',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  played: 'Played',
  failed: 'Not sent',
};

/** How far a message has come: a clock, one tick, two ticks, two blue ticks. */
export function Ticks({ state, error }: { state: DeliveryStateView; error?: string | null }) {
  const name = error ? `${NAMES[state]}: error ${error}` : NAMES[state];
  return (
    <span className={`ticks ${state}`} role="img" aria-label={name} title={name}>
      {iconOf(state)}
    </span>
  );
}

function iconOf(state: DeliveryStateView): React.ReactNode {
  switch (state) {
    case 'pending':
      return <Clock3 aria-hidden />;
    case 'sent':
      return <Check aria-hidden />;
    case 'delivered':
    case 'read':
    case 'played':
      return <CheckCheck aria-hidden />;
    case 'failed':
      return <CircleAlert aria-hidden />;
  }
}
