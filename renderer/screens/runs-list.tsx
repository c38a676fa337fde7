import { Select, TextInput } from '@mantine/core';
import { useDebouncedValue, useHotkeys } from '@mantine/hooks';
import { IconPlayerPlay, IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { RunSelection, ShownRun } from '../../shared/contract/operator/runs.ts';
import { ExportView } from '../components/export-view.tsx';
import { formatCount } from '../components/format.ts';
import { Empty, Heading, Waiting, Workspace } from '../components/layout.tsx';
import { Note, ProblemNotice } from '../components/problem-notice.tsx';
import { RowGrid, type GridColumn } from '../components/row-grid.tsx';
import { useRowWindow } from '../components/row-window.ts';
import { Tag } from '../components/tag.tsx';
import { Shown, When } from '../components/text.tsx';
import { runKindTitles, runStateWords } from '../components/words.ts';
import { useOperator, useOperatorQuery } from '../operator.ts';
import { usePlace } from '../stores/place.ts';
import styles from './runs.module.css';

const RUNS_POLL_MS = 5000;
const SEARCH_DELAY_MS = 200;

type Sort = NonNullable<RunSelection['sort']>;
type Filter = Pick<RunSelection, 'kind' | 'state' | 'migration' | 'who'> & { readonly q: string; readonly sort: Sort; readonly ascending: boolean };

const newestFirst: Filter = { q: '', sort: 'created_at', ascending: false };

/** Every run of the environment: filtered and sorted by the operator, as last seen where the server is away. */
export function RunList() {
  const client = useOperator();
  const selectRun = usePlace((state) => state.selectRun);
  const [filter, setFilter] = useState(newestFirst);
  const [cursor, setCursor] = useState(-1);
  const [q] = useDebouncedValue(filter.q, SEARCH_DELAY_MS);
  const search = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => search.current?.focus()]]);
  // What the list can be narrowed to, whether it is live, and whether anything in it has changed.
  const about = useOperatorQuery('runs.list', { limit: 200 }, { pollMs: RUNS_POLL_MS });
  const { value } = about;
  const asked = { ...filter, q };
  const rows = useRowWindow<ShownRun>(JSON.stringify(asked), (offset, limit) => client.call('runs.list', { ...asked, offset, limit }));
  const reload = useRef(rows.reload);
  reload.current = rows.reload;
  const sign = JSON.stringify(value);
  useEffect(() => reload.current(), [sign]);

  const change = (next: Partial<Filter>): void => {
    setFilter((before) => ({ ...before, ...next }));
    setCursor(-1);
  };
  const isAsked = (['kind', 'state', 'migration', 'who'] as const).some((name) => filter[name] !== undefined) || filter.q !== '';
  return (
    <Workspace filled>
      <Heading title="Runs" lead="Dry runs, test runs, executions, verifications, rollbacks: what was done, newest first." />
      {about.problem !== undefined && <ProblemNotice problem={about.problem} onRetry={about.reload} />}
      {value?.offline === true && <Note tone="amber" title="Offline">The server cannot be reached. These are the runs as they were last seen.</Note>}
      {value === undefined ? (
        about.problem === undefined && <Waiting label="Fetching the runs" />
      ) : value.total === 0 ? (
        <Empty icon={<IconPlayerPlay size={28} aria-hidden />} title="No run yet">A run appears here with the first dry run of a file.</Empty>
      ) : (
        <>
          <div className={styles.filters}>
            <Choice name="Kind" data={value.choices.kinds.map((kind) => ({ value: kind, label: runKindTitles[kind] }))} value={filter.kind} onChoose={(kind) => change({ kind })} />
            <Choice name="State" data={value.choices.states.map((state) => ({ value: state, label: runStateWords[state].title }))} value={filter.state} onChoose={(state) => change({ state })} />
            <Choice name="Migration" data={value.choices.migrations.map(plain)} value={filter.migration} onChoose={(migration) => change({ migration })} />
            <Choice name="Asked by" data={value.choices.people.map(plain)} value={filter.who} onChoose={(who) => change({ who })} />
            <TextInput ref={search} type="search" aria-label="Search runs" placeholder="Search id, plan or file  ( / )" leftSection={<IconSearch size={14} aria-hidden />} value={filter.q} onChange={(event) => change({ q: event.currentTarget.value })} onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()} w={240} />
            <ExportView view={{ of: 'runs', selection: asked }} />
          </div>
          {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
          <div className={styles.grid}>
            <RowGrid label="Runs" columns={columnsOf(filter, change)} rows={rows} minWidthPx={805} cursor={cursor} emptyText={isAsked ? 'No run is like that. Take a filter away to see more.' : 'No run yet.'} onCursor={setCursor} onOpen={({ run }) => selectRun(run.run_id)} />
          </div>
        </>
      )}
    </Workspace>
  );
}

function plain(value: string): { readonly value: string; readonly label: string } {
  return { value, label: value };
}

interface ChoiceProps<Value extends string> {
  readonly name: string;
  readonly data: readonly { readonly value: Value; readonly label: string }[];
  readonly value: Value | undefined;
  onChoose(value: Value | undefined): void;
}

/** Left out where there is nothing to choose between. */
function Choice<Value extends string>({ name, data, value, onChoose }: ChoiceProps<Value>) {
  if (data.length < 2 && value === undefined) return null;
  return <Select aria-label={`Filter by ${name}`} placeholder={`${name}: any`} clearable w={170} data={[...data]} value={value ?? null} onChange={(chosen) => onChoose(data.find((one) => one.value === chosen)?.value)} comboboxProps={{ width: 230, position: 'bottom-start' }} />;
}

function columnsOf(filter: Filter, change: (next: Partial<Filter>) => void): readonly GridColumn<ShownRun>[] {
  const sortBy = (sort: Sort) => ({
    sort: { active: filter.sort === sort, descending: !filter.ascending, onSort: () => change(filter.sort === sort ? { ascending: !filter.ascending } : { sort, ascending: sort !== 'created_at' && sort !== 'rows_done' }) },
  });
  return [
    { id: 'kind', title: 'Run', width: '135px', ...sortBy('kind'), render: ({ run }) => <span className={styles.kind}>{runKindTitles[run.kind]}{run.stage_percent === null ? '' : ` ${run.stage_percent} %`}</span> },
    { id: 'state', title: 'State', width: '150px', ...sortBy('state'), render: ({ run }) => <Tag tone={runStateWords[run.state].tone} title={runStateWords[run.state].meaning}>{runStateWords[run.state].title}</Tag> },
    { id: 'migration', title: 'Migration', width: 'minmax(90px, 0.7fr)', ...sortBy('migration'), render: ({ run }) => <span><Shown text={run.migration} /></span> },
    { id: 'rows', title: 'Rows', width: '95px', isNumber: true, ...sortBy('rows_done'), render: ({ run }) => `${formatCount(run.rows_done)} of ${formatCount(run.rows_total)}` },
    { id: 'file', title: 'File', width: 'minmax(90px, 1fr)', ...sortBy('source_file'), render: ({ run }) => <span>{run.source_file === null ? '–' : <Shown text={run.source_file} />}</span> },
    { id: 'by', title: 'By', width: 'minmax(85px, 0.7fr)', ...sortBy('requested_by'), render: ({ run }) => <span><Shown text={run.requested_by} /></span> },
    { id: 'at', title: 'Begun', width: '160px', ...sortBy('created_at'), render: ({ run }) => <When at={run.created_at} /> },
  ];
}
