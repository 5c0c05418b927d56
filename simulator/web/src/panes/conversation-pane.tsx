import { ArrowLeft, Cable, MessageSquareText } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ChatView, MessageView } from '../../../src/control/contract/views.ts';
import { useDialogs } from '../dialogs/opener.ts';
import { api } from '../live/api.ts';
import { go } from '../live/place.ts';
import { readEarlier } from '../live/reading.ts';
import { attempt, usePage } from '../live/store.ts';
import { linesOf } from '../model/conversation.ts';
import { typersIn } from '../model/typing.ts';
import { peerOf, type World } from '../model/world.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Empty } from '../parts/empty.tsx';
import { Setup } from '../parts/setup.tsx';
import { phoneOf } from '../parts/time.ts';
import { Unread } from '../parts/unread.tsx';
import { Composer } from './composer.tsx';
import { Lines } from './lines.tsx';
import type { Task } from './task.ts';

/** The open chat of the phone in hand. */
export function ConversationPane() {
  const { world, place, line } = usePage();
  const { number, chat } = place;
  if (number === null || chat === null || !world.accounts.has(number)) {
    const isLinked = [...world.accounts.values()].some(({ devices }) => devices.length > 0);
    return (
      <main className="pane conversation" aria-label="Conversation">
        {isLinked || line !== 'live' ? <NoChat /> : <NoClient />}
      </main>
    );
  }
  // A key: drafts, answers and scroll positions belong to one chat on one phone.
  return <Conversation key={`${number} ${chat}`} number={number} chat={chat} />;
}

function NoChat() {
  return (
    <Empty icon={<MessageSquareText />} title="Open a chat">
      <p>Choose a phone and one of its chats, or write to somebody new.</p>
    </Empty>
  );
}

/** The first thing to do in a new world. */
function NoClient() {
  return (
    <Empty icon={<Cable />} title="Connect your gateway" isWide>
      <p>
        Start it with these variables and start a session. Its QR code turns up at the left: scan it
        with one of the phones, then write to that phone as somebody else.
      </p>
      <Setup />
    </Empty>
  );
}

function Conversation({ number, chat }: { number: string; chat: string }) {
  const { world } = usePage();
  const [task, setTask] = useState<Task | null>(null);
  const peer = findPeer(world, chat);
  useReading(number, chat, world.phone?.chats.find((one) => one.chat === chat)?.unread ?? 0);
  return (
    <main className="pane conversation" aria-label={`Conversation with ${peer.name}`}>
      <Head number={number} peer={peer} />
      <Messages number={number} chat={chat} peer={peer} onTask={setTask} />
      <Composer
        number={number}
        chat={chat}
        name={peer.name}
        task={task}
        onDone={() => setTask(null)}
      />
    </main>
  );
}

function findPeer(world: World, chat: string): ChatView {
  return world.phone?.chats.find((one) => one.chat === chat) ?? peerOf(world, chat);
}

function Head({ number, peer }: { number: string; peer: ChatView }) {
  const { world } = usePage();
  const open = useDialogs();
  const isGroup = peer.kind === 'group';
  const members = world.groups.get(peer.chat)?.members.map((member) => member.name) ?? [];
  const still = isGroup ? members.join(', ') : peer.number === null ? '' : phoneOf(peer.number);
  const typing = typersIn(world, peer.chat, isGroup);
  const words = (
    <>
      <span className="name">{peer.name}</span>
      <small className={typing ? 'typing' : undefined}>{typing ?? still}</small>
    </>
  );
  return (
    <header className="pane-head">
      <button
        type="button"
        className="icon back"
        aria-label="Back to the chats"
        onClick={() => go(number)}
      >
        <ArrowLeft aria-hidden />
      </button>
      <Avatar name={peer.name} picture={peer.picture} kind={peer.kind} small />
      {isGroup ? (
        <h2 className="grow">
          <button
            type="button"
            className="plain"
            onClick={() => open({ kind: 'group', jid: peer.chat, number })}
          >
            {words}
          </button>
        </h2>
      ) : (
        <h2 className="grow">{words}</h2>
      )}
      <span className="unseen" role="status">
        {typing ? `${peer.name}: ${typing}` : ''}
      </span>
    </header>
  );
}

interface MessagesProps {
  number: string;
  chat: string;
  peer: ChatView;
  onTask: (task: Task) => void;
}

function Messages({ number, chat, peer, onTask }: MessagesProps) {
  const { world } = usePage();
  const open = world.phone?.number === number ? world.phone.chat : null;
  const messages = open?.id === chat ? open.messages : NONE;
  const lines = useMemo(() => linesOf(messages), [messages]);
  const typing = typersIn(world, chat, peer.kind === 'group');
  const log = useStickToEnd(messages.at(-1)?.id, typing);
  return (
    <div className="log" ref={log} role="log" aria-label="Messages" tabIndex={-1}>
      {open?.more && (
        <button type="button" className="earlier" onClick={() => void attempt(readEarlier)}>
          Earlier messages
        </button>
      )}
      {open?.id === chat && <Unread what="messages" reading={open.reading} />}
      {open?.reading.state === 'read' && lines.length === 0 && (
        <p className="log-note">No messages yet. Whatever you write here is really encrypted.</p>
      )}
      <Lines number={number} chat={chat} peer={peer} lines={lines} onTask={onTask} />
      {typing && (
        <div className="typing-bubble" aria-hidden="true">
          <i />
          <i />
          <i />
        </div>
      )}
    </div>
  );
}

const NONE: readonly MessageView[] = [];

/** So close to the end, whoever reads wants to stay there. */
const NEAR_PX = 120;

/** Keeps the end of a growing list in view, unless its reader has scrolled away from it. */
function useStickToEnd(...reasons: readonly unknown[]) {
  const element = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const list = element.current;
    if (!list) return;
    const look = () => {
      isAtEnd.current = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
    };
    // Pictures grow when they have loaded, and the pane shrinks when a keyboard comes up.
    const follow = () => {
      if (isAtEnd.current) list.scrollTop = list.scrollHeight;
    };
    const sizes = new ResizeObserver(follow);
    sizes.observe(list);
    list.addEventListener('scroll', look, { passive: true });
    list.addEventListener('load', follow, { capture: true });
    return () => {
      sizes.disconnect();
      list.removeEventListener('scroll', look);
      list.removeEventListener('load', follow, { capture: true });
    };
  }, []);
  useEffect(() => {
    const list = element.current;
    if (list && isAtEnd.current) list.scrollTop = list.scrollHeight;
  }, reasons);
  return element;
}

/** Whoever looks at a chat has read it. */
function useReading(number: string, chat: string, unread: number): void {
  const [isLooking, setLooking] = useState(!document.hidden);
  useEffect(() => {
    const look = () => setLooking(!document.hidden);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  useEffect(() => {
    if (isLooking && unread > 0) void attempt(() => api.readChat(number, chat));
  }, [isLooking, unread, number, chat]);
}
