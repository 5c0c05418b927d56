import type { ReactNode } from 'react';

/** What stands where nothing is yet: why, and what to do next. */
export function Empty({
  icon,
  title,
  isWide = false,
  children,
}: {
  icon: ReactNode;
  title: string;
  isWide?: boolean;
  children?: ReactNode;
}) {
  return (
    <div className={isWide ? 'empty wide' : 'empty'}>
      <span className="emblem" aria-hidden="true">
        {icon}
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
