import { Plus, QrCode, Settings, Smartphone, Zap } from 'lucide-react';
import { useState } from 'react';
import type { AccountView, PairingView } from '../../../src/control/contract/views.ts';
import { useDialogs } from '../dialogs/opener.ts';
import { nameOfClient } from '../dialogs/qr-source.tsx';
import { go } from '../live/place.ts';
import { usePage } from '../live/store.ts';
import { useArrowKeys } from '../parts/arrow-keys.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Empty } from '../parts/empty.tsx';
import { fits } from '../parts/people-list.tsx';
import { phoneOf } from '../parts/time.ts';
import { Unread } from '../parts/unread.tsx';

/** From this many phones on, a search field is worth its place. */
const SEARCH_FROM = 8;

/** Clients that wait for a phone, and all phones. */
export function PhonesPane() {
  const { world, line, reading } = usePage();
  const open = useDialogs();
  const [search, setSearch] = useState('');
  const accounts = [...world.accounts.values()];
  const found = accounts.filter((account) => fits(account, search));
  return (
    <nav className="pane phones" aria-label="Phones">
      <Head />
      <Waiting pairing={world.pairing} />
      {accounts.length >= SEARCH_FROM && (
        <label className="search">
          <span className="unseen">Search phones</span>
          <input
            type="search"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            placeholder="Search phones"
          />
        </label>
      )}
      <div className="scroll">
        {line === 'connecting' && reading.state === 'reading' && (
          <Unread what="phones" reading={reading} />
        )}
        {accounts.length === 0 && line === 'live' && (
          <Empty icon={<Smartphone />} title="No phones yet">
            <p>Make one for the number that you want to link, and one for somebody to talk to.</p>
            <button type="button" className="primary" onClick={() => open({ kind: 'new-phone' })}>
              New phone
            </button>
          </Empty>
        )}
        <PhoneLists accounts={found} />
      </div>
      <footer className="pane-foot">
        <button type="button" onClick={() => open({ kind: 'new-phone' })}>
          <Plus aria-hidden /> New phone
        </button>
        <button type="button" onClick={() => open({ kind: 'link', ref: null })}>
          <QrCode aria-hidden /> Scan QR
        </button>
      </footer>
    </nav>
  );
}

function Head() {
  const { world } = usePage();
  const open = useDialogs();
  const faults = world.faults.active.length;
  const violations = world.violations.length;
  return (
    <header className="pane-head">
      <img src="./favicon.svg" alt="" className="logo" />
      <h1>The phone</h1>
      <button
        type="button"
        className={`icon${faults > 0 ? ' lit' : ''}`}
        aria-label={faults > 0 ? `Faults, ${faults} switched on` : 'Faults'}
        title="Faults"
        onClick={() => open({ kind: 'faults' })}
      >
        <Zap aria-hidden />
        {faults > 0 && <span className="badge">{faults}</span>}
      </button>
      <button
        type="button"
        className="icon"
        aria-label={violations > 0 ? `Simulator, ${violations} broken rules` : 'Simulator'}
        title="Simulator"
        onClick={() => open({ kind: 'activity' })}
      >
        <Settings aria-hidden />
        {violations > 0 && <span className="badge bad">{violations}</span>}
      </button>
    </header>
  );
}

function Waiting({ pairing }: { pairing: PairingView }) {
  const open = useDialogs();
  if (pairing.waiting.length === 0) return null;
  return (
    <section className="waiting" aria-label="Clients that wait to be linked">
      <h2>Waiting to be linked</h2>
      <ul>
        {pairing.waiting.map((client) => (
          <li key={client.ref}>
            <button
              type="button"
              className="row"
              onClick={() => open({ kind: 'link', ref: client.ref })}
            >
              <span className="emblem" aria-hidden="true">
                <QrCode />
              </span>
              <span className="grow">
                <strong>{nameOfClient(client)}</strong>
                <small>{client.scannable ? 'Scan its QR code' : 'Shows a QR code'}</small>
              </span>
              <span className="pulse" aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function PhoneLists({ accounts }: { accounts: readonly AccountView[] }) {
  const onKeyDown = useArrowKeys();
  const linked = accounts.filter(({ devices }) => devices.length > 0);
  const others = accounts.filter(({ devices }) => devices.length === 0);
  return (
    <div onKeyDown={onKeyDown}>
      <PhoneList title="Linked to a client" accounts={linked} takesTab={linked.length > 0} />
      <PhoneList
        title={linked.length > 0 ? 'Other phones' : 'Phones'}
        accounts={others}
        takesTab={linked.length === 0}
      />
    </div>
  );
}

function PhoneList(props: { title: string; accounts: readonly AccountView[]; takesTab: boolean }) {
  const { title, accounts, takesTab } = props;
  const { place } = usePage();
  if (accounts.length === 0) return null;
  const hasCurrent = accounts.some(({ number }) => number === place.number);
  return (
    <section>
      <h2>{title}</h2>
      <ul className="list">
        {accounts.map((account, index) => {
          const isCurrent = account.number === place.number;
          const isStop = hasCurrent ? isCurrent : takesTab && index === 0;
          return (
            <li key={account.number}>
              <PhoneRow account={account} isCurrent={isCurrent} isStop={isStop} />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function PhoneRow(props: { account: AccountView; isCurrent: boolean; isStop: boolean }) {
  const { account, isCurrent, isStop } = props;
  const { number, name, picture, devices, unread } = account;
  const online = devices.filter((device) => device.online).length;
  return (
    <button
      type="button"
      className="row"
      data-item
      tabIndex={isStop ? 0 : -1}
      aria-current={isCurrent ? 'true' : undefined}
      onClick={() => go(number)}
    >
      <Avatar name={name} picture={picture} />
      <span className="grow">
        <strong>{name}</strong>
        <small>{phoneOf(number)}</small>
      </span>
      {devices.length > 0 && (
        <span
          className={`dot ${online > 0 ? 'on' : 'off'}`}
          role="img"
          aria-label={online > 0 ? 'its client is online' : 'its client is offline'}
          title={online > 0 ? 'Client online' : 'Client offline'}
        />
      )}
      {unread > 0 && (
        <span className="count">
          {unread}
          <span className="unseen"> unread</span>
        </span>
      )}
    </button>
  );
}
