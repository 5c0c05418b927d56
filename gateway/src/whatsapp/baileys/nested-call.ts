/** Deep enough for every way through the library (7.0.0-rc14) from one transaction to another. */
const FRAMES = 60;

/**
 * Whether a function of this name waits for the code that runs now: it called it, or awaits a promise that
 * it will settle. V8 follows `await`, `then`, `Promise.all` and `race`, for 5 µs; what is handed to a
 * promise's constructor or awaited by nobody is not seen. Costs nothing to those who do not ask, unlike an
 * `AsyncLocalStorage`.
 */
export function isAwaitedBy(functionName: string): boolean {
  const { stackTraceLimit } = Error;
  const former: unknown = Reflect.get(Error, 'prepareStackTrace');
  const trace: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = FRAMES;
    Error.prepareStackTrace = (_error, frames) => frames.map((frame) => frame.getFunctionName());
    Error.captureStackTrace(trace, isAwaitedBy);
    return Array.isArray(trace.stack) && trace.stack.includes(functionName);
  } finally {
    Object.assign(Error, { stackTraceLimit, prepareStackTrace: former });
  }
}
