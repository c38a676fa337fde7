import type { ShownRun } from '../../../shared/contract/operator/runs.ts';
import { formatCount } from '../../components/format.ts';
import { Card, Loaded, numberCell, PlainTable, shortCell } from '../../components/layout.tsx';
import { Tag } from '../../components/tag.tsx';
import { Shown, When } from '../../components/text.tsx';
import type { QueryState } from '../../operator.ts';
import { seedOf } from './verification-run.ts';
import styles from './verify.module.css';

interface EarlierProps {
  readonly query: QueryState<{ readonly items: readonly ShownRun[] }> & { readonly reload: () => void };
  readonly shownId: string | undefined;
  onShow(verificationId: string): void;
}

/** Every time that the run was read back: who, when, how much, and what was found. */
export function EarlierVerifications({ query, shownId, onShow }: EarlierProps) {
  return (
    <Card label="Verifications of this run">
      <h2 className={styles.title}>Verifications of this run</h2>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={styles.hint}>Nobody has read it back yet. The report says so where it stays at that.</p>
          ) : (
            <PlainTable label="Verifications">
              <thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col" className={numberCell}>Rows</th><th scope="col">Drawn by</th><th scope="col">Result</th></tr></thead>
              <tbody>
                {items.map(({ run }) => {
                  const seed = seedOf(run);
                  return (
                    <tr key={run.run_id} aria-current={run.run_id === shownId}>
                      <td className={shortCell}><button type="button" className={styles.link} onClick={() => onShow(run.run_id)}><When at={run.created_at} /></button></td>
                      <td><Shown text={run.requested_by} /></td>
                      <td className={numberCell}>{formatCount(run.rows_total)}</td>
                      <td>{seed === undefined ? 'Every row' : <>Seed <Shown text={seed} /></>}</td>
                      <td><Tag tone={run.counts.drifted === 0 ? 'green' : 'violet'}>{run.counts.drifted === 0 ? 'All as expected' : `${formatCount(run.counts.drifted)} differ`}</Tag></td>
                    </tr>
                  );
                })}
              </tbody>
            </PlainTable>
          )
        }
      </Loaded>
    </Card>
  );
}
