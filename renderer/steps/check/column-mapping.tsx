import { Button, Select } from '@mantine/core';
import { useState } from 'react';
import type { CheckSummary } from '../../../shared/contract/operator/sources.ts';
import { PlainTable } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { Personal } from '../../components/text.tsx';
import styles from './check-step.module.css';
import { chooseColumn, fieldNeeds, mappingInput, mappingOf, missingFields, sameMapping, suggestedMapping, type Mapping } from './mapping.ts';

interface ColumnMappingProps {
  readonly source: CheckSummary;
  /** False when the file itself is no longer held, after a restart. */
  readonly canCheckAgain: boolean;
  readonly busy: boolean;
  onCheckAgain(mapping: Record<string, string>): void;
}

/** Which column is which field, with samples; another choice has the file checked again. */
export function ColumnMapping({ source, canCheckAgain, busy, onCheckAgain }: ColumnMappingProps) {
  const found = mappingOf(source);
  const [mapping, setMapping] = useState<Mapping>(() => suggestedMapping(source));
  const missing = missingFields(mapping);
  const isChanged = !sameMapping(mapping, found);
  const headers = source.headers.map(({ header }) => header);
  return (
    <section aria-label="Column mapping" className={styles.section}>
      <h2>Columns</h2>
      <PlainTable label="Columns of the file">
        <thead>
          <tr><th scope="col">Field</th><th scope="col">Column of the file</th><th scope="col">Samples</th></tr>
        </thead>
        <tbody>
          {fieldNeeds.map(({ field, title, required }) => (
            <tr key={field}>
              <th scope="row">{title}{required ? '' : ' (optional)'}</th>
              <td>
                <Select
                  aria-label={`Column for ${title}`}
                  data={headers}
                  value={mapping[field] ?? null}
                  onChange={(header) => setMapping((known) => chooseColumn(known, field, header))}
                  placeholder="No column"
                  clearable={!required && canCheckAgain}
                  readOnly={!canCheckAgain}
                  comboboxProps={{ withinPortal: true }}
                  w={210}
                />
              </td>
              <td className={styles.samples}>{samplesOf(source, mapping[field]).map((sample, index) => <span key={index}><Personal text={sample} /></span>)}</td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
      {source.ignored_columns.length > 0 && <p className={styles.hint}>Not used: {source.ignored_columns.join(', ')}</p>}
      {!canCheckAgain && <p className={styles.hint}>To map columns otherwise, load the file again.</p>}
      {isChanged && (
        <Note
          tone={missing.length > 0 ? 'amber' : 'blue'}
          title={missing.length > 0 ? `Still without a column: ${missing.join(', ')}` : 'Another mapping than the check used'}
          action={
            <Button.Group>
              <Button variant="default" onClick={() => setMapping(found)}>Undo</Button>
              <Button loading={busy} disabled={missing.length > 0} onClick={() => onCheckAgain(mappingInput(mapping))}>Check again</Button>
            </Button.Group>
          }
        >
          The file is checked again with it.
        </Note>
      )}
    </section>
  );
}

function samplesOf(source: CheckSummary, header: string | undefined): readonly string[] {
  return source.headers.find((candidate) => candidate.header === header)?.samples ?? [];
}
