import type { SessionKey } from '../sessions/store.ts';

/** A session of a pool that takes messages now. */
export interface Member {
  readonly key: SessionKey;
  /** Jobs it may be given now. */
  readonly room: number;
  /** Jobs it has already. */
  readonly queued: number;
  /** About how long that many jobs take it. Grows with their number. */
  readonly takesMs: (jobs: number) => number;
}

/** A recipient that waits, and the sessions of the pool that know the chat, the latest contact first. */
export interface Candidate {
  readonly position: number;
  readonly knownTo: readonly SessionKey[];
}

/** Who is to send to whom. */
export interface Assignment {
  readonly position: number;
  readonly key: SessionKey;
}

/**
 * Spreads recipients over a pool, in their order. Whoever has a chat with one of the sessions hears from
 * that one, and waits for it when it has no room; all others go where the message would go out first.
 * Who is not answered here waits for the next look.
 */
export function assign(members: readonly Member[], candidates: readonly Candidate[]): Assignment[] {
  const taken = new Map(members.map(({ key }) => [key, 0]));
  const given = (key: SessionKey) => taken.get(key) ?? 0;
  const assignments: Assignment[] = [];
  for (const { position, knownTo } of candidates) {
    const known = knownTo.find((key) => taken.has(key));
    const possible = members.filter(
      ({ key, room }) => given(key) < room && (known === undefined || key === known),
    );
    const best = soonest(possible, given);
    if (!best) continue;
    taken.set(best.key, given(best.key) + 1);
    assignments.push({ position, key: best.key });
  }
  return assignments;
}

/** Of equally quick ones that with the fewest jobs, of those the first. */
function soonest(members: readonly Member[], given: (key: SessionKey) => number): Member | null {
  let best: { member: Member; waitMs: number; jobs: number } | null = null;
  for (const member of members) {
    const jobs = member.queued + given(member.key);
    const waitMs = member.takesMs(jobs);
    if (best && (waitMs > best.waitMs || (waitMs === best.waitMs && jobs >= best.jobs))) continue;
    best = { member, waitMs, jobs };
  }
  return best?.member ?? null;
}
