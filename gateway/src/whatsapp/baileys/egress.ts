import type { Agent } from 'node:http';

/** The way that all traffic of a connection takes: the WebSocket, uploads, and what the library fetches. */
export interface Egress {
  /** Of `wss` and `https` connections where `secure`, else of those in the clear. */
  agent(secure: boolean): Agent;
  /** For `fetch`, by which the library gets app state, and `history/` its chunks. */
  readonly dispatcher: object;
}
