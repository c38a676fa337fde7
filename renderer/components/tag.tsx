import type { ReactNode } from 'react';
import styles from './tag.module.css';

export type Tone = 'blue' | 'green' | 'grey' | 'red' | 'amber' | 'violet';

/** A short word on a tint. The word carries the meaning, the tint only helps the eye. */
export function Tag({ tone, icon, round = false, title, children }: { readonly tone: Tone; readonly icon?: ReactNode; readonly round?: boolean; readonly title?: string; readonly children: ReactNode }) {
  return (
    <span className={`${styles.tag} ${round ? styles.round : ''} tone-${tone}`} title={title}>
      {icon}
      {children}
    </span>
  );
}
