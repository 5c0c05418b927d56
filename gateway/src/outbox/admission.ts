import { phoneOf } from '../contacts/address.ts';
import type { Recipients } from '../contacts/recipients.ts';
import type { SessionRecord } from '../sessions/store.ts';
import { NotConnected } from '../whatsapp/port.ts';
import type { Job, JobError } from './store.ts';

/** Whether a job may go out, and to which address. */
export type Admission = { readonly to: string } | { readonly error: JobError };

export interface AdmissionDeps {
  readonly recipients: Pick<Recipients, 'check'>;
  /** Whether the person does not want messages from this workspace. */
  readonly isOptedOut: (session: SessionRecord, chatId: string) => Promise<boolean>;
}

/**
 * The last look before a send. Numbers that were accepted while the session was away are asked about
 * now; an answer is remembered, so this costs nothing the next time. Rejects with `NotConnected` when
 * WhatsApp has to be asked and cannot be.
 */
export function createAdmission({ recipients, isOptedOut }: AdmissionDeps) {
  return async (session: SessionRecord, job: Job): Promise<Admission> => {
    if (await isOptedOut(session, job.chatId)) return { error: OPTED_OUT };
    const phone = phoneOf(job.chatId);
    if (phone === null) return { to: job.chatId };
    try {
      const [known] = await recipients.check(session.key, [phone]);
      return known?.chatId ? { to: known.chatId } : { error: NOBODY };
    } catch (error) {
      if (error instanceof NotConnected) throw error;
      // The number was good when it was accepted; that WhatsApp does not answer now is no verdict.
      return { to: job.chatId };
    }
  };
}

const OPTED_OUT: JobError = {
  code: 'recipient_opted_out',
  whatsappCode: null,
  message: 'The recipient does not want messages. Remove them from the opt-out list first.',
};

const NOBODY: JobError = {
  code: 'recipient_not_found',
  whatsappCode: null,
  message: 'Nobody on WhatsApp has this number.',
};
