/**
 * The environment of a process for which time passes `factor` times as fast since `startMs`: its clock
 * and its timers run ahead together, so that what takes it minutes is seen to its end in seconds. A
 * process that is started again with it finds its clock ahead as it left it. The rest of the world
 * keeps its pace: an answer that takes the other side a second seems slow.
 */
export function hurriedTime(factor: number, startMs = Date.now()): Record<string, string> {
  const script = `
    const RealDate = Date, start = ${startMs};
    const now = () => Math.floor(start + (RealDate.now() - start) * ${factor});
    globalThis.Date = new Proxy(RealDate, {
      construct: (target, args, as) => Reflect.construct(target, args.length ? args : [now()], as),
      get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
    });
    for (const name of ['setTimeout', 'setInterval']) {
      const real = globalThis[name];
      const hurried = (callback, ms = 0, ...args) => real(callback, ms / ${factor}, ...args);
      globalThis[name] = Object.defineProperties(hurried, Object.getOwnPropertyDescriptors(real));
    }`;
  const module = `data:text/javascript,${encodeURIComponent(script)}`;
  return { NODE_OPTIONS: `--import=${module}` };
}
