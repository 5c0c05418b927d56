import type { World } from './world.ts';

/** "typing…" for whoever is at it in a chat; in groups with names. Null when nobody is. */
export function typersIn(world: World, chat: string, isGroup: boolean): string | null {
  const typers = world.phone?.typing.filter((one) => one.chat === chat) ?? [];
  const first = typers[0];
  if (!first) return null;
  const doing = first.state === 'recording' ? 'recording a voice note…' : 'typing…';
  if (!isGroup) return doing;
  if (typers.length > 1) return `${typers.length} people are typing…`;
  const number = first.sender.split('@')[0] ?? '';
  return `${world.accounts.get(number)?.name ?? number} is ${doing}`;
}
