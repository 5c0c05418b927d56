import type { MessageView } from '../../../src/control/contract/views.ts';

/** What the next words are for, when they are not simply said. */
export type Task =
  | { readonly kind: 'answer'; readonly message: MessageView }
  /** `text` is what the message says now. */
  | { readonly kind: 'edit'; readonly message: MessageView; readonly text: string };
