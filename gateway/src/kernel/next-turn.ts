/** Lets the event loop serve others between two steps of long work. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
