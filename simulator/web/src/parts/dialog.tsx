import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';

/** A modal dialog; Escape and the cross close it. `side` puts it at the right edge, full height. */
export function Dialog({
  title,
  onClose,
  children,
  side = false,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  side?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={side ? 'side' : undefined}
      aria-labelledby={heading}
      onClose={onClose}
      onClick={(event) => {
        // A click on the dialog itself is one on its backdrop: everything else lies in the card.
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div className="card">
        <header>
          <h2 id={heading}>{title}</h2>
          <button
            type="button"
            className="icon"
            aria-label="Close"
            onClick={() => dialog.current?.close()}
          >
            <X aria-hidden />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
