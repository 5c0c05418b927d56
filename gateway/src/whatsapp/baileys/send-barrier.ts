/** The part of a WebSocket through which frames leave. */
export interface FrameSink {
  send(data: unknown, done?: (error?: Error) => void): void;
}

/**
 * Holds frames back, in order, while something they may depend on is not on disk yet. The library
 * answers a pairing the moment it has the new credentials: without this, a crash between the answer and
 * the write leaves a device on the user's phone that nobody has the keys of. The frames are encrypted
 * already, so not even their order may change.
 *
 * `pending` gives the writes under way (null: none, frames pass at once); when they fail, the frame is
 * not sent and its sender hears the error.
 */
export function holdFramesUntil(sink: FrameSink, pending: () => Promise<void> | null): void {
  const send = sink.send.bind(sink);
  let queue: Promise<void> | null = null;
  sink.send = (data, done) => {
    const writes = pending();
    const earlier = queue;
    const before = earlier && writes ? earlier.then(() => writes) : (earlier ?? writes);
    if (!before) {
      send(data, done);
      return;
    }
    const turn = sendAfter(before, () => send(data, done), done).finally(() => {
      if (queue === turn) queue = null;
    });
    // A failed write fails the frames behind it as well; each has told its own sender.
    turn.catch(() => undefined);
    queue = turn;
  };
}

async function sendAfter(
  writes: Promise<void>,
  send: () => void,
  done: ((error?: Error) => void) | undefined,
): Promise<void> {
  try {
    await writes;
  } catch (error) {
    done?.(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
  send();
}
