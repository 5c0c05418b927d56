import { Copy } from 'lucide-react';
import { notify, usePage } from '../live/store.ts';

/** What a gateway must be told to use this simulator instead of WhatsApp. */
export function Setup() {
  const { info } = usePage();
  if (!info) return null;
  const { origin } = window.location;
  const commands = `curl -so media-ca.pem ${origin}/media-ca.pem
WHATSAPP_URL=${info.whatsappUrl} \\
WHATSAPP_ROOT_KEY=${info.rootKey} \\
NODE_EXTRA_CA_CERTS=media-ca.pem \\
WEBHOOK_STATUS_URL=${origin}/api/pairing/qr \\
npm start`;
  const copy = () =>
    navigator.clipboard.writeText(commands).then(
      () => notify('good', 'Commands copied.'),
      () => notify('bad', 'The browser does not let this page copy.'),
    );
  return (
    <div className="setup">
      <pre>{commands}</pre>
      <button
        type="button"
        className="icon"
        aria-label="Copy the commands"
        title="Copy"
        onClick={() => void copy()}
      >
        <Copy aria-hidden />
      </button>
    </div>
  );
}
