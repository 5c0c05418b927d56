/** What one check found. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  /** A sentence without its full stop; holds no secret. */
  readonly found: string;
  /** What the operator can do about it; null when nothing has to be done. */
  readonly todo: string | null;
}

export const ok = (check: string, found: string): Finding => ({
  check,
  verdict: 'ok',
  found,
  todo: null,
});

export const warn = (check: string, found: string, todo: string): Finding => ({
  check,
  verdict: 'warn',
  found,
  todo,
});

export const fail = (check: string, found: string, todo: string): Finding => ({
  check,
  verdict: 'fail',
  found,
  todo,
});

/** The findings for a terminal: a line each, and below it what to do. */
export function asText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .flatMap(({ check, verdict, found, todo }) => [
      `${verdict.padEnd(4)}  ${check.padEnd(width)}  ${found}`,
      ...(todo === null ? [] : [`${' '.repeat(width + 8)}-> ${todo}`]),
    ])
    .join('\n');
}

/** The findings for programs. */
export function asJson(findings: readonly Finding[]): string {
  return JSON.stringify({ status: worst(findings), checks: findings }, null, 2);
}

/** The worst verdict of all. */
export function worst(findings: readonly Finding[]): Finding['verdict'] {
  const has = (wanted: Finding['verdict']) => findings.some(({ verdict }) => verdict === wanted);
  if (has('fail')) return 'fail';
  return has('warn') ? 'warn' : 'ok';
}
