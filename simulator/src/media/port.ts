/** What the media server does wrong on purpose, for the next transfers that match. */
export interface MediaFault {
  readonly kind: 'not-found' | 'gone' | 'corrupt' | 'slow' | 'cut' | 'upload-refused';
  /** How many transfers it hits; then it is over. */
  readonly times: number;
  /** Which transfers `slow` and `cut` hit; default downloads. The other kinds know by themselves. */
  readonly direction?: 'download' | 'upload';
  /** How much longer a `slow` transfer takes; default 2000 ms. */
  readonly delayMs?: number;
}

/** WhatsApp's blob store in miniature: HTTPS, encrypted bytes in, encrypted bytes out. */
export interface MediaServer {
  /** `127.0.0.1:<port>`: what `media_conn` gives to clients as hostname. */
  readonly host: string;
  /** PEM of the certificate authority to trust, for `NODE_EXTRA_CA_CERTS`. */
  readonly caPem: string;
  /** A token that uploads must carry. */
  readonly auth: string;
  /** The largest body it takes; `media_conn` tells it to clients. */
  readonly maxFileBytes: number;
  /** Keeps encrypted bytes and returns their path and URL, as an upload would. */
  store(kind: string, encrypted: Uint8Array): StoredBlob;
  read(directPath: string): Uint8Array | null;
  /** Forgets the bytes: downloads answer 404 from now on. */
  expire(directPath: string): void;
  fail(fault: MediaFault): void;
  /** How many transfers the faults are still going to hit: it drops as soon as one is under way. */
  readonly faultsToCome: number;
  close(): Promise<void>;
}

export interface StoredBlob {
  readonly directPath: string;
  readonly url: string;
}
