import { ActivityDialog } from './activity-dialog.tsx';
import { FaultsDialog } from './faults-dialog.tsx';
import { FileDialog } from './file-dialog.tsx';
import { GroupDialog } from './group-dialog.tsx';
import { LinkDialog } from './link-dialog.tsx';
import { NewChatDialog } from './new-chat-dialog.tsx';
import { NewGroupDialog } from './new-group-dialog.tsx';
import { NewPhoneDialog } from './new-phone-dialog.tsx';
import type { DialogName } from './opener.ts';
import { PhoneDialog } from './phone-dialog.tsx';
import { PollDialog } from './poll-dialog.tsx';

/** The dialog of that name. */
export function Dialogs({ name, onClose }: { name: DialogName; onClose: () => void }) {
  switch (name.kind) {
    case 'new-phone':
      return <NewPhoneDialog onClose={onClose} />;
    case 'phone':
      return <PhoneDialog number={name.number} onClose={onClose} />;
    case 'link':
      return <LinkDialog picked={name.ref} onClose={onClose} />;
    case 'new-chat':
      return <NewChatDialog number={name.number} onClose={onClose} />;
    case 'new-group':
      return <NewGroupDialog number={name.number} onClose={onClose} />;
    case 'group':
      return <GroupDialog jid={name.jid} number={name.number} onClose={onClose} />;
    case 'file':
      return <FileDialog file={name.file} as={name.as} to={name.to} onClose={onClose} />;
    case 'poll':
      return <PollDialog to={name.to} onClose={onClose} />;
    case 'faults':
      return <FaultsDialog onClose={onClose} />;
    case 'activity':
      return <ActivityDialog onClose={onClose} />;
  }
}
