/** Which phone and chat are in hand, as it stands in the address of the page. */
export interface Place {
  readonly number: string | null;
  readonly chat: string | null;
}

export function readPlace(): Place {
  const [number, chat] = decodeURIComponent(window.location.hash).replace(/^#\/?/, '').split('/');
  return { number: number || null, chat: chat || null };
}

/** Takes a phone in hand and opens a chat on it; both go into the address of the page. */
export function go(number: string | null, chat: string | null = null): void {
  window.location.hash = number === null ? '' : `/${number}${chat === null ? '' : `/${chat}`}`;
}
