import { Button, NumberInput, SegmentedControl, TextInput } from '@mantine/core';
import { IconArrowsShuffle, IconListCheck } from '@tabler/icons-react';
import { useState } from 'react';
import type { Run } from '../../../shared/contract/admin/runs.ts';
import { counted, formatCount } from '../../components/format.ts';
import { Card, CommandProblem } from '../../components/layout.tsx';
import { useOperatorCommand } from '../../operator.ts';
import styles from './verify.module.css';

const SAMPLE_ROWS = 20;
const SAMPLE_ROWS_MAX = 1_000_000;
const SEED_MAX = 128;

/** Eight digits that nobody has chosen. */
function randomSeed(): string {
  return crypto.randomUUID().slice(0, 8);
}

/** How much is read back: a sample that its seed makes repeatable, or every row. */
export function StartVerification({ run, onVerified }: { readonly run: Run; onVerified(verificationId: string): void }) {
  const verify = useOperatorCommand('runs.verify');
  const [isSample, setSample] = useState(true);
  const written = run.counts.applied;
  const [size, setSize] = useState<number | string>(Math.min(SAMPLE_ROWS, Math.max(1, written)));
  const [seed, setSeed] = useState(randomSeed);
  const isSizeGood = typeof size === 'number' && Number.isInteger(size) && size >= 1;
  const isGood = !isSample || (isSizeGood && seed !== '' && seed.length <= SEED_MAX);
  const rows = isSample && typeof size === 'number' ? Math.min(size, written) : written;
  const start = async (): Promise<void> => {
    const done = await verify.run({ run_id: run.run_id, ...(isSample && typeof size === 'number' ? { sample: { size, seed } } : {}) });
    if (done !== undefined) onVerified(done.run_id);
  };
  return (
    <Card label="What to verify">
      <div className={styles.form}>
        <div className={styles.field}>
          <span className={styles.label} id="verify-how-many">Read back</span>
          <SegmentedControl aria-labelledby="verify-how-many" value={isSample ? 'sample' : 'all'} onChange={(value) => setSample(value === 'sample')} data={[{ value: 'sample', label: 'A random sample' }, { value: 'all', label: 'Every row' }]} />
        </div>
        {isSample && (
          <>
            <NumberInput label="Rows" value={size} onChange={setSize} min={1} max={SAMPLE_ROWS_MAX} allowDecimal={false} thousandSeparator="," w={110} error={!isSizeGood} />
            <TextInput label="Seed" value={seed} onChange={(event) => setSeed(event.currentTarget.value)} maxLength={SEED_MAX} w={150} autoComplete="off" spellCheck={false} error={seed === ''} />
            <Button variant="default" leftSection={<IconArrowsShuffle size={15} aria-hidden />} onClick={() => setSeed(randomSeed())}>Another seed</Button>
          </>
        )}
        <Button size="sm" leftSection={<IconListCheck size={15} aria-hidden />} loading={verify.busy} disabled={!isGood || written === 0} onClick={() => void start()}>Verify {counted(rows, 'row')}</Button>
      </div>
      <p className={styles.hint} role="status">
        {verify.busy
          ? `Reading ${counted(rows, 'row')} back. A million rows take minutes; the server goes on when this window is closed, and files it among the runs.`
          : written === 0
            ? 'The run has written nobody, so there is nothing to read back.'
            : isSample
              ? `The seed makes it repeatable: the same run, number and seed are the same people. The run wrote ${counted(written, 'row')}; ${formatCount(written - rows)} of them would not be read back.`
              : `The run wrote ${counted(written, 'row')}; all of them are read back.`}
      </p>
      <CommandProblem problem={verify.problem} />
    </Card>
  );
}
