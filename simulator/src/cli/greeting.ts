import type { AccountHandle } from '../handles.ts';
import type { Cast } from './cast.ts';

export interface Greeting {
  readonly version: string;
  /** `ws://127.0.0.1:4000/ws/chat` */
  readonly whatsappUrl: string;
  readonly rootKeyHex: string;
  readonly controlUrl: string;
  readonly caFile: string;
  readonly cast: Cast;
}

/** What a person needs to know at the start. Pure. */
export function greeting({
  whatsappUrl,
  rootKeyHex,
  controlUrl,
  caFile,
  ...rest
}: Greeting): string {
  const { version, cast } = rest;
  return `WhatsApp simulator ${version}

  The phone  ${controlUrl}/
  The API    ${controlUrl}/docs/

Start the gateway on it, in another terminal:

  WHATSAPP_URL=${whatsappUrl} \\
  WHATSAPP_ROOT_KEY=${rootKeyHex} \\
  NODE_EXTRA_CA_CERTS=${caFile} \\
  WEBHOOK_STATUS_URL=${controlUrl}/api/pairing/qr \\
  npm start

The last variable lets QR codes turn up on the phone by themselves; it may be left out.
${line('Numbers to link', cast.accounts)}${line('People to talk to', cast.contacts)}
Ctrl+C stops it.
`;
}

/** Nobody reads more names than this. */
const MAX_NAMES = 5;

function line(title: string, people: readonly AccountHandle[]): string {
  if (people.length === 0) return '';
  const names = people.slice(0, MAX_NAMES).map(({ name, number }) => `${name} (${number})`);
  const more = people.length - names.length;
  return `\n${title}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
