/** Runs work when its turn comes; how it ends is how the work ends. Work must not wait for other work. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * At most `atOnce` works under way, the others in the order in which they came. How many wait is not
 * bounded here: whoever asks is.
 */
export function createTurns(atOnce: number): InTurn {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function turn(): Promise<void> {
    if (running < atOnce) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function done(): void {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }

  return async (work) => {
    await turn();
    try {
      return await work();
    } finally {
      done();
    }
  };
}
