import { IconCheck } from '@tabler/icons-react';
import { formatCount } from './format.ts';
import styles from './filter-chips.module.css';
import type { Tone } from './tag.tsx';

export interface FilterChip<Value extends string> {
  readonly value: Value;
  readonly title: string;
  readonly count: number;
  readonly tone: Tone;
  readonly meaning: string;
}

/** Counts that filter: at most one of a group is on; pressing it again shows all. Groups without rows are left out. */
export function FilterChips<Value extends string>({ name, chips, chosen, onChoose }: { readonly name: string; readonly chips: readonly FilterChip<Value>[]; readonly chosen: Value | undefined; readonly onChoose: (value: Value | undefined) => void }) {
  const shown = chips.filter((chip) => chip.count > 0 || chip.value === chosen);
  if (shown.length === 0) return null;
  return (
    <div className={styles.group} role="group" aria-label={`Filter by ${name}`}>
      <span className={styles.name}>{name}</span>
      {shown.map((chip) => (
        <button key={chip.value} type="button" className={`${styles.chip} tone-${chip.tone}`} aria-pressed={chip.value === chosen} title={chip.meaning} onClick={() => onChoose(chip.value === chosen ? undefined : chip.value)}>
          {chip.value === chosen && <IconCheck size={12} stroke={3} aria-hidden />}
          {chip.title} · {formatCount(chip.count)}
        </button>
      ))}
    </div>
  );
}
