/** Lets the event loop serve others between two steps of a long read. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
