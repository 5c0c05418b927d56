import {
  ArrowLeft,
  Info,
  MessageCirclePlus,
  MessagesSquare,
  Smartphone,
  Users,
} from 'lucide-react';
import type { ChatView } from '../../../src/control/contract/views.ts';
import { useDialogs } from '../dialogs/opener.ts';
import { go } from '../live/place.ts';
import { usePage } from '../live/store.ts';
import { preview } from '../model/conversation.ts';
import { typersIn } from '../model/typing.ts';
import { peerOf } from '../model/world.ts';
import { useArrowKeys } from '../parts/arrow-keys.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Empty } from '../parts/empty.tsx';
import { Ticks } from '../parts/ticks.tsx';
import { phoneOf, shortTimeOf } from '../parts/time.ts';
import { Unread } from '../parts/unread.tsx';

/** The chats of the phone in hand. */
export function ChatsPane() {
  const { world, place } = usePage();
  const account = place.number === null ? undefined : world.accounts.get(place.number);
  if (!account) {
    return (
      <section className="pane chats" aria-label="Chats">
        <Empty icon={<Smartphone />} title="Take a phone in hand">
          <p>Choose one on the left: its chats are shown here, as its owner sees them.</p>
        </Empty>
      </section>
    );
  }
  return (
    <section className="pane chats" aria-label={`Chats of ${account.name}`}>
      <Head number={account.number} name={account.name} picture={account.picture} />
      <div className="scroll">
        <ChatList number={account.number} />
      </div>
    </section>
  );
}

function Head(props: { number: string; name: string; picture: string | null }) {
  const { number, name, picture } = props;
  const open = useDialogs();
  return (
    <header className="pane-head">
      <button
        type="button"
        className="icon back"
        aria-label="Back to all phones"
        onClick={() => go(null)}
      >
        <ArrowLeft aria-hidden />
      </button>
      <Avatar name={name} picture={picture} small />
      <h2 className="grow">
        {name}
        <small>{phoneOf(number)}</small>
      </h2>
      <button
        type="button"
        className="icon"
        aria-label="New chat"
        title="New chat"
        onClick={() => open({ kind: 'new-chat', number })}
      >
        <MessageCirclePlus aria-hidden />
      </button>
      <button
        type="button"
        className="icon"
        aria-label="New group"
        title="New group"
        onClick={() => open({ kind: 'new-group', number })}
      >
        <Users aria-hidden />
      </button>
      <button
        type="button"
        className="icon"
        aria-label={`About the phone of ${name}`}
        title="About this phone"
        onClick={() => open({ kind: 'phone', number })}
      >
        <Info aria-hidden />
      </button>
    </header>
  );
}

function ChatList({ number }: { number: string }) {
  const { world, place } = usePage();
  const open = useDialogs();
  const onKeyDown = useArrowKeys();
  const { phone } = world;
  if (phone?.number !== number) return null;
  if (phone.reading.state !== 'read') return <Unread what="chats" reading={phone.reading} />;
  const isListed = phone.chats.some(({ chat }) => chat === place.chat);
  const chats =
    place.chat === null || isListed ? phone.chats : [peerOf(world, place.chat), ...phone.chats];
  if (chats.length === 0) {
    return (
      <Empty icon={<MessagesSquare />} title="No chats yet">
        <p>Write to somebody: with a client linked at the other end, your code gets the message.</p>
        <button
          type="button"
          className="primary"
          onClick={() => open({ kind: 'new-chat', number })}
        >
          New chat
        </button>
      </Empty>
    );
  }
  return (
    <ul className="list" onKeyDown={onKeyDown}>
      {chats.map((chat, index) => {
        const isCurrent = chat.chat === place.chat;
        const isStop = place.chat === null ? index === 0 : isCurrent;
        return (
          <li key={chat.chat}>
            <ChatRow number={number} chat={chat} isCurrent={isCurrent} isStop={isStop} />
          </li>
        );
      })}
    </ul>
  );
}

interface RowProps {
  number: string;
  chat: ChatView;
  isCurrent: boolean;
  isStop: boolean;
}

function ChatRow({ number, chat, isCurrent, isStop }: RowProps) {
  const { last, unread } = chat;
  return (
    <button
      type="button"
      className="row"
      data-item
      tabIndex={isStop ? 0 : -1}
      aria-current={isCurrent ? 'true' : undefined}
      onClick={() => go(number, chat.chat)}
    >
      <Avatar name={chat.name} picture={chat.picture} kind={chat.kind} />
      <span className="grow">
        <span className="line">
          <strong className="grow">{chat.name}</strong>
          {last && <time dateTime={last.at}>{shortTimeOf(last.at)}</time>}
        </span>
        <span className="line">
          <LastWords chat={chat} />
          {unread > 0 && (
            <span className="count">
              {unread}
              <span className="unseen"> unread</span>
            </span>
          )}
        </span>
      </span>
    </button>
  );
}

function LastWords({ chat: { chat, kind, last } }: { chat: ChatView }) {
  const { world } = usePage();
  const typing = typersIn(world, chat, kind === 'group');
  if (typing) return <small className="grow typing">{typing}</small>;
  if (!last) return <small className="grow">No messages yet</small>;
  const author = kind === 'group' && !last.fromMe ? `${last.sender.name}: ` : '';
  return (
    <small className="grow words">
      {last.state && <Ticks state={last.state} />}
      <span>
        {author}
        {preview(last)}
      </span>
    </small>
  );
}
