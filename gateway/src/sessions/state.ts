import type { Ailment } from './health.ts';

/** Why a session stands still; each asks for a different act of the operator. */
export type StopReason =
  | 'not_started'
  | 'not_paired'
  | 'by_request'
  | 'qr_timeout'
  | 'pairing_timeout'
  | 'pairing_refused'
  | 'pairing_failed'
  | 'unsupported_account';

/** Why a session connects anew when somebody asked for it. */
export const RESTARTED = 'restarted';

/** The state of a session: what is true now, since when, and what comes next. */
export type SessionState =
  | { readonly name: 'stopped'; readonly sinceMs: number; readonly reason: StopReason }
  | { readonly name: 'connecting'; readonly sinceMs: number; readonly reason: string }
  | {
      readonly name: 'qr';
      readonly sinceMs: number;
      readonly qr: string;
      readonly qrNumber: number;
    }
  | {
      readonly name: 'pairing';
      readonly sinceMs: number;
      /** Digits of the phone that the code is for. */
      readonly phone: string;
      readonly code: string;
      readonly expiresAtMs: number;
    }
  | { readonly name: 'open'; readonly sinceMs: number }
  /** Open, but the connection was measured to work badly; it recovers, or is made anew. */
  | {
      readonly name: 'degraded';
      readonly sinceMs: number;
      readonly reason: Ailment;
      readonly openSinceMs: number;
    }
  | {
      readonly name: 'waiting_retry';
      readonly sinceMs: number;
      readonly reason: string;
      readonly nextRetryAtMs: number;
    }
  | {
      readonly name: 'logged_out' | 'replaced' | 'forbidden' | 'auth_corrupt';
      readonly sinceMs: number;
      readonly reason: string;
    };

/** The four words that clients rely on for ever. */
export type StatusWord = 'open' | 'qr' | 'close' | 'connecting';

/**
 * Maps the finer truth to the four stable words; waiting to reconnect, and for a pairing code to be typed,
 * count as connecting.
 */
export function statusWord(state: SessionState): StatusWord {
  switch (state.name) {
    case 'open':
    case 'degraded':
      return 'open';
    case 'qr':
      return 'qr';
    case 'connecting':
    case 'pairing':
    case 'waiting_retry':
      return 'connecting';
    case 'stopped':
    case 'logged_out':
    case 'replaced':
    case 'forbidden':
    case 'auth_corrupt':
      return 'close';
  }
}

/** Whether there is a connection to send through, good or bad. */
export const isConnected = (state: SessionState): boolean => statusWord(state) === 'open';

/** What a person has to do, in one sentence; null when the session helps itself. */
export function userAction(state: SessionState): string | null {
  switch (state.name) {
    case 'open':
    case 'connecting':
      return null;
    case 'degraded':
      return 'The connection is renewed by itself. If this stays, check the network of the gateway.';
    case 'qr':
      return 'Scan the QR code: WhatsApp on the phone, Settings, Linked devices, Link a device.';
    case 'pairing':
      return 'Type the pairing code: WhatsApp on the phone, Settings, Linked devices, Link a device, Link with phone number instead.';
    case 'waiting_retry':
      return RETRY_ADVICE[state.reason] ?? null;
    case 'stopped':
      return STOP_ADVICE[state.reason];
    case 'logged_out':
      return 'The phone unlinked this device. Start the session and scan a new QR code.';
    case 'replaced':
      return 'Another program uses the same credentials. Stop it, then start this session again.';
    case 'forbidden':
      return 'WhatsApp refuses this account, which usually means a ban. Check it on the phone.';
    case 'auth_corrupt':
      return 'The stored credentials cannot be read. Go back to those saved before (POST /sessions/:id/restore-credentials), restore a backup, or delete the session and pair again.';
  }
}

const RETRY_ADVICE: Readonly<Record<string, string>> = {
  untrusted_server:
    'The server did not prove its identity. Check WHATSAPP_URL and WHATSAPP_ROOT_KEY, and whether something intercepts the connection.',
  version_refused:
    'WhatsApp refuses this version of its web client. If it does not recover: upgrade the gateway, or name a version in WHATSAPP_VERSION.',
};

const STOP_ADVICE: Readonly<Record<StopReason, string>> = {
  not_started: 'Start the session.',
  not_paired: 'Start the session and scan the QR code.',
  by_request: 'Start the session again when you want it back.',
  qr_timeout: 'Nobody scanned the QR code in time. Start the session for a new one.',
  pairing_timeout: 'Nobody typed the pairing code in time. Ask for a new one.',
  pairing_refused:
    'WhatsApp gives no pairing code for this number. Check it, wait some minutes after many tries, or scan a QR code.',
  pairing_failed: 'Pairing did not complete. Start the session and try again.',
  unsupported_account: 'This account does not support linked devices. Check WhatsApp on the phone.',
};
