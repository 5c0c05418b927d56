import { useState } from 'react';
import { Dialogs } from './dialogs/dialogs.tsx';
import { type DialogName, DialogOpener } from './dialogs/opener.ts';
import { readAgain } from './live/reading.ts';
import { dismiss, usePage } from './live/store.ts';
import { ChatsPane } from './panes/chats-pane.tsx';
import { ConversationPane } from './panes/conversation-pane.tsx';
import { PhonesPane } from './panes/phones-pane.tsx';

/** Three panes side by side; on a narrow screen only the one that is in hand. */
export function App() {
  const { place } = usePage();
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const view = place.chat ? 'conversation' : place.number ? 'chats' : 'phones';
  return (
    <DialogOpener.Provider value={setDialog}>
      <Banner />
      <div className={`panes at-${view}`}>
        <PhonesPane />
        <ChatsPane />
        <ConversationPane />
      </div>
      {dialog && <Dialogs name={dialog} onClose={() => setDialog(null)} />}
      <Notices />
    </DialogOpener.Provider>
  );
}

/** What is wrong with the connection to the simulator. */
function Banner() {
  const { line, reading } = usePage();
  if (reading.state === 'failed') {
    return (
      <p className="banner" role="alert">
        The simulator could not be read: {reading.why}{' '}
        <button type="button" onClick={readAgain}>
          Try again
        </button>
      </p>
    );
  }
  if (line !== 'stale') return null;
  return (
    <p className="banner" role="status">
      The simulator does not answer. Trying again…
    </p>
  );
}

function Notices() {
  const { notices } = usePage();
  return (
    <div className="notices" role="status" aria-live="polite">
      {notices.map(({ id, tone, text }) => (
        <button key={id} type="button" className={`notice ${tone}`} onClick={() => dismiss(id)}>
          {text}
        </button>
      ))}
    </div>
  );
}
