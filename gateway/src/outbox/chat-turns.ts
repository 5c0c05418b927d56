/** Chats that were heard of on a connection, remembered at most; beyond it all are forgotten. */
const MAX_PROVEN = 10_000;

interface Chat {
  underWay: number;
  /** Nothing new before this instant: the last try failed. */
  blockedUntilMs: number;
  /** Per send that was begun and not handed over yet, in order: whether it will be. */
  readonly entering: Promise<boolean>[];
}

/** One send's place among those of its chat. */
export interface Turn {
  /** Resolves when all sends begun before in this chat are on the wire; false when one is not. */
  readonly mine: Promise<boolean>;
  /** This send is on the wire, or will not be for now. Must be called. */
  handOver(done: boolean): void;
}

/**
 * Keeps each chat in order while several of its messages are under way. What was handed to one
 * connection in order arrives in order or not at all, since it is one TCP stream. Only the first message
 * of a chat is sent alone: it may need keys from the server, which can fail for it and not for the next.
 */
export class ChatTurns {
  readonly #chats = new Map<string, Chat>();
  readonly #proven = new Set<string>();

  /** Chats of which nothing may begin at the moment. */
  closed(nowMs: number, pipelined: boolean): string[] {
    return [...this.#chats.keys()].filter((chatId) => !this.isOpen(chatId, nowMs, pipelined));
  }

  /** Whether a further send may begin; `pipelined`: also while another is under way. */
  isOpen(chatId: string, nowMs: number, pipelined: boolean): boolean {
    const chat = this.#chats.get(chatId);
    if (!chat) return true;
    if (chat.blockedUntilMs > nowMs) return false;
    return chat.underWay === 0 || (pipelined && this.#proven.has(chatId));
  }

  /** A send begins; `leave` must follow when it is over. */
  enter(chatId: string): Turn {
    const chat = this.#chats.get(chatId) ?? { underWay: 0, blockedUntilMs: 0, entering: [] };
    this.#chats.set(chatId, chat);
    const mine = chat.entering.at(-1) ?? Promise.resolve(true);
    let settle: (done: boolean) => void = () => {};
    const own = new Promise<boolean>((resolve) => (settle = resolve));
    chat.underWay++;
    chat.entering.push(own);
    const handOver = (done: boolean) => {
      const at = chat.entering.indexOf(own);
      if (at !== -1) void chat.entering.splice(at, 1);
      settle(done);
    };
    return { mine, handOver };
  }

  leave(chatId: string, blockedUntilMs: number): void {
    const chat = this.#chats.get(chatId);
    if (!chat) return;
    chat.underWay--;
    chat.blockedUntilMs = Math.max(chat.blockedUntilMs, blockedUntilMs);
    if (chat.underWay === 0 && blockedUntilMs === 0 && chat.blockedUntilMs === 0) {
      this.#chats.delete(chatId);
    }
  }

  /** The server has taken a message of this chat on this connection. */
  prove(chatId: string): void {
    if (this.#proven.size >= MAX_PROVEN) this.#proven.clear();
    this.#proven.add(chatId);
  }

  /** A new connection: nothing is proven, and what failed on the last one may be tried at once. */
  reset(): void {
    this.#proven.clear();
    for (const [chatId, chat] of this.#chats) {
      chat.blockedUntilMs = 0;
      if (chat.underWay === 0) this.#chats.delete(chatId);
    }
  }

  /** The next instant at which a blocked chat opens; forgets blocks that are over. */
  nextOpeningMs(nowMs: number): number | null {
    let next: number | null = null;
    for (const [chatId, chat] of this.#chats) {
      if (chat.blockedUntilMs > nowMs) next = Math.min(next ?? Infinity, chat.blockedUntilMs);
      else if (chat.underWay === 0) this.#chats.delete(chatId);
    }
    return next;
  }
}
