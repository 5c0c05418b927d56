/** The part of a WebSocket through which frames leave. */
export interface FrameSink {
  send(data: unknown, done?: (error?: Error) => void): void;
}

/**
 * Holds frames back, in order, while something they may depend on is not on disk yet: the library answers
 * a pairing the moment it has the new credentials, and a crash between the answer and the write would
 * leave a device on the user's phone that nobody has the keys of. The frames are encrypted already, so
 * not even their order may change.
 *
 * `unwritten` gives the writes under way (null: none, frames pass at once). Its sender need not wait for a
 * held frame, so that the next one can be made meanwhile. When the writes fail, it is never sent, nor
 * what comes behind it: the connection has to be closed then.
 *
 * Returns what tells when the frames given so far have left: null when none is held. Rejects when they never
 * will.
 */
export function holdFramesUntil(
  sink: FrameSink,
  unwritten: () => Promise<void> | null,
): () => Promise<void> | null {
  const send = sink.send.bind(sink);
  let queue: Promise<void> | null = null;
  sink.send = (data, done) => {
    const writes = unwritten();
    const earlier = queue;
    const before = earlier && writes ? earlier.then(() => writes) : (earlier ?? writes);
    if (!before) {
      send(data, done);
      return;
    }
    const turn = before.then(() => {
      send(data, ignored);
      if (queue === turn) queue = null;
    });
    turn.catch(ignored);
    queue = turn;
    done?.();
  };
  return () => queue;
}

/** Whoever writes to a closed connection learns it from the connection. */
const ignored = () => undefined;
