import { BarChart3, FileText, Image, MapPin, Mic, Paperclip } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type Destination, type FileKind, useDialogs } from '../dialogs/opener.ts';
import { api } from '../live/api.ts';
import { attempt } from '../live/store.ts';
import { useArrowKeys } from '../parts/arrow-keys.ts';

/** A place to send when the real one does not matter. */
const SOMEWHERE = {
  type: 'location',
  latitude: -22.9519,
  longitude: -43.2105,
  name: 'Cristo Redentor',
  address: 'Rio de Janeiro',
};

const ACCEPTED: Readonly<Record<FileKind, string>> = {
  media: 'image/*,video/*,audio/*',
  voice: 'audio/*,.ogg,.opus',
  document: '',
};

/** What else can be sent than words. */
export function AttachMenu({ to }: { to: Destination }) {
  const [isOpen, setOpen] = useState(false);
  const holder = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const kind = useRef<FileKind>('media');
  const open = useDialogs();
  const close = () => {
    setOpen(false);
    holder.current?.querySelector('button')?.focus();
  };
  const pick = (as: FileKind) => {
    kind.current = as;
    const { current } = input;
    if (!current) return;
    current.accept = ACCEPTED[as];
    current.click();
  };
  return (
    <div
      className="menu-holder"
      ref={holder}
      onBlur={({ relatedTarget }) => {
        if (!holder.current?.contains(relatedTarget)) setOpen(false);
      }}
    >
      <button
        type="button"
        className="icon"
        aria-label="Attach"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Paperclip aria-hidden />
      </button>
      <input
        ref={input}
        type="file"
        hidden
        onChange={({ target }) => {
          const file = target.files?.[0];
          target.value = '';
          if (file) open({ kind: 'file', to, file, as: kind.current });
        }}
      />
      {isOpen && (
        <Menu onClose={close}>
          <Item
            icon={<Image aria-hidden />}
            label="Photo or video"
            onChoose={() => pick('media')}
          />
          <Item icon={<Mic aria-hidden />} label="Voice note" onChoose={() => pick('voice')} />
          <Item
            icon={<FileText aria-hidden />}
            label="Document"
            onChoose={() => pick('document')}
          />
          <Item
            icon={<BarChart3 aria-hidden />}
            label="Poll"
            onChoose={() => open({ kind: 'poll', to })}
          />
          <Item
            icon={<MapPin aria-hidden />}
            label="Location"
            onChoose={() => {
              close();
              void attempt(() => api.send(to.number, to.chat, { content: SOMEWHERE }));
            }}
          />
        </Menu>
      )}
    </div>
  );
}

function Menu({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const menu = useRef<HTMLDivElement>(null);
  const onArrow = useArrowKeys();
  useEffect(() => {
    menu.current?.querySelector<HTMLElement>('[data-item]')?.focus();
  }, []);
  return (
    <div
      className="menu up"
      ref={menu}
      role="menu"
      aria-label="Attach"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
        onArrow(event);
      }}
      onClick={onClose}
    >
      {children}
    </div>
  );
}

function Item({ icon, label, onChoose }: { icon: ReactNode; label: string; onChoose: () => void }) {
  return (
    <button type="button" role="menuitem" data-item tabIndex={-1} onClick={onChoose}>
      {icon} {label}
    </button>
  );
}
