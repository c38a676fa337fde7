import { VisuallyHidden } from '@mantine/core';
import type { Facts } from '../../shared/core/facts.ts';
import { differingFacts } from '../../shared/core/facts.ts';
import type { FieldChange } from '../../shared/core/plan-row.ts';
import { usePreferences } from '../stores/preferences.ts';
import styles from './change-cell.module.css';
import { addedTo, factText } from './fact-text.ts';
import { Shown } from './text.tsx';
import { fieldTitle } from './words.ts';

/** One field of a row in the grid: `before -> after`, or a dash where the plan leaves it. */
export function ChangeCell({ change }: { readonly change: FieldChange | undefined }) {
  const isMasked = usePreferences((state) => state.isMasked);
  if (change === undefined) return <span className={styles.unchanged} aria-label="unchanged">–</span>;
  const added = addedTo(change.before, change.after);
  if (added !== undefined) {
    return <span className={styles.after} title={added.map((text) => factText(text, isMasked)).join(', ')}>+ <Shown text={factText([...added], isMasked)} /></span>;
  }
  const before = factText(change.before, isMasked);
  const after = factText(change.after, isMasked);
  return (
    <span title={`${before} → ${after}`}>
      {change.before !== null && (
        <>
          <span className={styles.before}><Shown text={before} /></span>
          <span className={styles.arrow} aria-hidden>→</span>
          <VisuallyHidden> becomes </VisuallyHidden>
        </>
      )}
      <span className={styles.after}><Shown text={after} /></span>
    </span>
  );
}

/** Every change of a row, a line each, for narrow places. */
export function ChangeLines({ changes, label }: { readonly changes: readonly FieldChange[]; readonly label: string }) {
  return (
    <dl className={styles.lines} aria-label={label}>
      {changes.map((change) => (
        <div key={change.field}>
          <dt>{fieldTitle(change.field)}</dt>
          <dd><ChangeCell change={change} /></dd>
        </div>
      ))}
    </dl>
  );
}

/** Every change of a row, whole. */
export function ChangeTable({ changes, label }: { readonly changes: readonly FieldChange[]; readonly label: string }) {
  const isMasked = usePreferences((state) => state.isMasked);
  return (
    <table className={styles.table} aria-label={label}>
      <thead><tr><th scope="col">Field</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.field}>
            <th scope="row">{fieldTitle(change.field)}</th>
            <td className={change.before === null ? '' : styles.was}><Shown text={factText(change.before, isMasked)} /></td>
            <td className={styles.becomes}><Shown text={factText(change.after, isMasked)} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the plan relied on beside what was found, differences tinted. */
export function PlannedAndNow({ planned, now }: { readonly planned: Facts; readonly now: Facts }) {
  const isMasked = usePreferences((state) => state.isMasked);
  const differing = new Set(differingFacts(planned, now));
  const names = [...new Set([...Object.keys(planned), ...Object.keys(now)])].sort();
  return (
    <table className={styles.table} aria-label="Planned and now">
      <thead><tr><th scope="col">Fact</th><th scope="col">Planned</th><th scope="col">Now</th></tr></thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">{fieldTitle(name)}{differing.has(name) && <VisuallyHidden> (differs)</VisuallyHidden>}</th>
            <td className={differing.has(name) ? styles.was : ''}><Shown text={factText(planned[name], isMasked)} /></td>
            <td className={differing.has(name) ? styles.becomes : ''}><Shown text={factText(now[name], isMasked)} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Facts one a line, in the order of their names. */
export function FactTable({ facts, label }: { readonly facts: Facts; readonly label: string }) {
  const isMasked = usePreferences((state) => state.isMasked);
  return (
    <table className={styles.table} aria-label={label}>
      <tbody>
        {Object.keys(facts).sort().map((name) => (
          <tr key={name}><th scope="row">{fieldTitle(name)}</th><td><Shown text={factText(facts[name], isMasked)} /></td></tr>
        ))}
      </tbody>
    </table>
  );
}
