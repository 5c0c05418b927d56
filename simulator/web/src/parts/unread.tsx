import { CloudOff } from 'lucide-react';
import { readAgain } from '../live/reading.ts';
import type { Reading } from '../model/reading.ts';
import { Empty } from './empty.tsx';

/** What stands where something is still being read, or could not be; `what` in the plural. */
export function Unread({ what, reading }: { what: string; reading: Reading }) {
  switch (reading.state) {
    case 'read':
      return null;
    case 'reading':
      return (
        <p className="reading" role="status">
          Reading {what}…
        </p>
      );
    case 'failed':
      return (
        <div className="unread" role="alert">
          <Empty icon={<CloudOff />} title={`The ${what} could not be read`}>
            <p>{reading.why}</p>
            <button type="button" className="primary" onClick={readAgain}>
              Try again
            </button>
          </Empty>
        </div>
      );
  }
}
