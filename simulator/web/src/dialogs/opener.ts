import { createContext, useContext } from 'react';

/** The dialog that is open, and what it is about. */
export type DialogName =
  | { readonly kind: 'new-phone' }
  | { readonly kind: 'phone'; readonly number: string }
  /** `ref` is a waiting client that was picked. */
  | { readonly kind: 'link'; readonly ref: string | null }
  | { readonly kind: 'new-chat'; readonly number: string }
  | { readonly kind: 'new-group'; readonly number: string }
  | { readonly kind: 'group'; readonly jid: string; readonly number: string }
  | { readonly kind: 'file'; readonly to: Destination; readonly file: File; readonly as: FileKind }
  | { readonly kind: 'poll'; readonly to: Destination }
  | { readonly kind: 'faults' }
  | { readonly kind: 'activity' };

/** From which phone to which chat. */
export interface Destination {
  readonly number: string;
  readonly chat: string;
  /** The message that is answered. */
  readonly quotedId: string | null;
}

export type FileKind = 'media' | 'voice' | 'document';

export const DialogOpener = createContext<(name: DialogName) => void>(() => undefined);

/** Opens a dialog. */
export function useDialogs(): (name: DialogName) => void {
  return useContext(DialogOpener);
}
