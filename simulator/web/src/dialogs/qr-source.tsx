import type { WaitingView } from '../../../src/control/contract/views.ts';
import { QrPicture } from './qr-picture.tsx';

interface Props {
  waiting: readonly WaitingView[];
  /** Reference of the waiting client that is picked. */
  chosen: string;
  onChoose: (ref: string) => void;
  /** A text that was pasted; it goes before what is picked. */
  text: string;
  onText: (text: string) => void;
}

/** Where the QR code comes from: a client that waits, or a text. */
export function QrSource({ waiting, chosen, onChoose, text, onText }: Props) {
  const scannable = waiting.filter((client) => client.scannable);
  const secretive = waiting.length - scannable.length;
  return (
    <>
      {scannable.length > 0 && (
        <fieldset className="choices">
          <legend>Clients that show a QR code</legend>
          {scannable.map((client) => (
            <label key={client.ref}>
              <input
                type="radio"
                name="client"
                checked={chosen === client.ref && text === ''}
                onChange={() => {
                  onText('');
                  onChoose(client.ref);
                }}
              />
              <span>
                <strong>{nameOfClient(client)}</strong>
                <small>{client.platform}</small>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <label>
        {scannable.length > 0 ? 'Or the text of a QR code' : 'Text of the QR code'}
        <textarea
          value={text}
          onChange={(event) => onText(event.target.value)}
          rows={3}
          spellCheck={false}
          placeholder="2@…"
          required={!scannable.some(({ ref }) => ref === chosen)}
        />
        <small>
          What the client encodes in its QR code; the gateway answers with it as <code>qr</code>.
          {secretive > 0 &&
            ` ${secretive === 1 ? 'One client waits' : `${secretive} clients wait`} whose text is not known here yet.`}
        </small>
      </label>
      <QrPicture onText={onText} />
    </>
  );
}

/** How a waiting client is called: as its session, by its own name, or by what it is. */
export function nameOfClient({ label, pushName, platform }: WaitingView): string {
  return label ?? pushName ?? platform;
}
