import { CircleDashed, Users } from 'lucide-react';

const HUES = 8;

/** A face: the picture, else initials on a colour that belongs to the name. */
export function Avatar({
  name,
  picture,
  kind = 'person',
  small = false,
}: {
  name: string;
  picture: string | null;
  kind?: 'person' | 'group' | 'status' | 'other';
  small?: boolean;
}) {
  const className = `avatar hue-${hueOf(name)}${small ? ' small' : ''}`;
  if (picture) return <img className={className} src={picture} alt="" />;
  if (kind === 'group') return <Face className={className} icon={<Users aria-hidden />} />;
  if (kind === 'status') return <Face className={className} icon={<CircleDashed aria-hidden />} />;
  return <Face className={className} icon={initials(name)} />;
}

function Face({ className, icon }: { className: string; icon: React.ReactNode }) {
  return (
    <span className={className} aria-hidden="true">
      {icon}
    </span>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const first = Array.from(words[0] ?? '?')[0] ?? '?';
  const last = words.length > 1 ? (Array.from(words.at(-1) ?? '')[0] ?? '') : '';
  return (first + last).toUpperCase();
}

function hueOf(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return sum % HUES;
}
