import type { ReactNode } from 'react';
import { formatCount } from './format.ts';
import styles from './segmented-bar.module.css';
import type { Tone } from './tag.tsx';

export interface Segment {
  readonly label: string;
  readonly count: number;
  readonly tone: Tone;
}

/** A bar of parts of a whole, with a legend that says the same in words and numbers. */
export function SegmentedBar({ title, aside, total, segments }: { readonly title: ReactNode; readonly aside?: ReactNode; readonly total: number; readonly segments: readonly Segment[] }) {
  const shown = segments.filter((segment) => segment.count > 0);
  const rest = Math.max(0, total - shown.reduce((sum, segment) => sum + segment.count, 0));
  return (
    <div>
      <div className={styles.head}>
        <span className={styles.title}>{title}</span>
        {aside !== undefined && <span className={styles.aside}>{aside}</span>}
      </div>
      <div className={styles.bar} aria-hidden>
        {shown.map((segment) => <span key={segment.label} className={`${styles.segment} tone-${segment.tone}`} style={{ flex: `${segment.count} 0 0` }} />)}
        {rest > 0 && <span style={{ flex: `${rest} 0 0` }} />}
      </div>
      <ul className={styles.legend}>
        {shown.map((segment) => (
          <li key={segment.label} className={`tone-${segment.tone}`}>
            <span className={styles.swatch} aria-hidden />
            <strong>{formatCount(segment.count)}</strong> {segment.label}
          </li>
        ))}
        {rest > 0 && <li><strong>{formatCount(rest)}</strong> to come</li>}
      </ul>
    </div>
  );
}
