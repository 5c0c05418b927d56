import { useState } from 'react';
import { api } from '../live/api.ts';
import { go } from '../live/place.ts';
import { notify, usePage } from '../live/store.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { useSubmission } from '../parts/submit.ts';
import { phoneOf } from '../parts/time.ts';
import { QrSource } from './qr-source.tsx';

type Way = 'qr' | 'code';

/** Links a client to a phone: by its QR code, or by the code that it shows for typing. */
export function LinkDialog({ picked, onClose }: { picked: string | null; onClose: () => void }) {
  const { world, place } = usePage();
  const accounts = [...world.accounts.values()];
  const awaited = world.pairing.codes.find((number) => world.accounts.has(number));
  const [way, setWay] = useState<Way>(picked === null && awaited !== undefined ? 'code' : 'qr');
  const [number, setNumber] = useState(
    awaited ?? place.number ?? accounts.find(({ devices }) => devices.length === 0)?.number ?? '',
  );
  const firstScannable = world.pairing.waiting.find(({ scannable }) => scannable)?.ref;
  const [ref, setRef] = useState(picked ?? firstScannable ?? '');
  const [qr, setQr] = useState('');
  const [code, setCode] = useState('');
  const { isBusy, problem, onSubmit } = useSubmission();

  const link = async () => {
    const { account } =
      way === 'code'
        ? await api.linkByCode(number, code.trim())
        : await api.scan(number, qr.trim() ? { qr: qr.trim() } : { ref });
    notify('good', `${account.name} is linked.`);
    go(account.number);
    onClose();
  };
  return (
    <Dialog title="Link a client" onClose={onClose}>
      <form onSubmit={onSubmit(link)}>
        <label>
          With the phone of
          <select value={number} onChange={(event) => setNumber(event.target.value)} required>
            {accounts.map((account) => (
              <option key={account.number} value={account.number}>
                {account.name} · {phoneOf(account.number)}
              </option>
            ))}
          </select>
        </label>
        <fieldset className="tabs">
          <legend className="unseen">How</legend>
          <Tab way="qr" current={way} onChoose={setWay} label="QR code" />
          <Tab way="code" current={way} onChoose={setWay} label="Pairing code" />
        </fieldset>
        {way === 'qr' ? (
          <QrSource
            waiting={world.pairing.waiting}
            chosen={ref}
            onChoose={setRef}
            text={qr}
            onText={setQr}
          />
        ) : (
          <label>
            Code that the client shows
            <input
              value={code}
              onChange={(event) => setCode(event.target.value)}
              placeholder="ABCD-1234"
              maxLength={9}
              autoComplete="off"
              required
            />
          </label>
        )}
        <Problem
          text={accounts.length === 0 ? 'There is no phone yet. Make one first.' : problem}
        />
        <footer>
          <button type="submit" className="primary" disabled={isBusy || accounts.length === 0}>
            {isBusy ? 'Linking…' : 'Link'}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Tab(props: { way: Way; current: Way; label: string; onChoose: (way: Way) => void }) {
  const { way, current, label, onChoose } = props;
  return (
    <label>
      <input type="radio" name="way" checked={way === current} onChange={() => onChoose(way)} />
      <span>{label}</span>
    </label>
  );
}
