import { notifications } from '@mantine/notifications';
import { useEffect, useRef, useState } from 'react';
import type { OperatorProblem } from '../../../shared/contract/operator/reply.ts';
import type { ShownRun } from '../../../shared/contract/operator/runs.ts';
import type { RunCounts } from '../../../shared/core/run-counts.ts';
import { isEnded } from '../../../shared/core/run-state.ts';
import { counted, formatCount } from '../../components/format.ts';
import { runKindTitles, runStateWords } from '../../components/words.ts';
import { problemOf, useOperator } from '../../operator.ts';
import { useRefresh } from '../../stores/refresh.ts';

const RETRY_MS = 2000;
const MIN_BETWEEN_MS = 250;
const SAMPLES_MAX = 600;

/** Rows settled at a moment, from which the charts are drawn. */
export interface RateSample {
  readonly atS: number;
  readonly done: number;
  readonly counts: RunCounts;
}

export interface LiveRun {
  readonly shown: ShownRun | undefined;
  readonly problem: OperatorProblem | undefined;
  readonly samples: readonly RateSample[];
}

/** Follows a run until it has ended, and goes on following when the connection comes back. */
export function useLiveRun(runId: string): LiveRun {
  const client = useOperator();
  const refresh = useRefresh((state) => state.refresh);
  const version = useRefresh((state) => state.version);
  const [live, setLive] = useState<LiveRun>({ shown: undefined, problem: undefined, samples: [] });
  const known = useRef<ShownRun | undefined>(undefined);

  useEffect(() => {
    let isCurrent = true;
    const follow = async (): Promise<void> => {
      let isFirst = true;
      while (isCurrent) {
        try {
          const shown = isFirst ? await client.call('runs.get', { run_id: runId }) : await client.call('runs.watch', { run_id: runId, known_items: known.current?.mirrored_items ?? 0 });
          if (!isCurrent) return;
          isFirst = false;
          const hasJustEnded = isEnded(shown.run.state) && known.current !== undefined && !isEnded(known.current.run.state);
          known.current = shown;
          const sample: RateSample = { atS: Date.now() / 1000, done: shown.run.rows_done, counts: shown.run.counts };
          setLive((before) => ({ shown, problem: undefined, samples: [...before.samples, sample].slice(-SAMPLES_MAX) }));
          if (isEnded(shown.run.state)) {
            if (hasJustEnded) {
              notifications.show({ role: 'status', title: `${runKindTitles[shown.run.kind]}: ${runStateWords[shown.run.state].title.toLowerCase()}`, message: `${formatCount(shown.run.rows_done)} of ${counted(shown.run.rows_total, 'row')} settled.` });
              refresh();
            }
            return;
          }
          await delay(MIN_BETWEEN_MS);
        } catch (thrown) {
          if (!isCurrent) return;
          const problem = problemOf(thrown);
          setLive((before) => ({ ...before, problem }));
          await delay(RETRY_MS);
        }
      }
    };
    void follow();
    return () => {
      isCurrent = false;
    };
  }, [client, runId, version, refresh]);
  return live;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, ms));
}

/** Rows a second between samples, one value for each sample after the first. */
export function ratesOf(samples: readonly Pick<RateSample, 'atS' | 'done'>[]): { readonly times: readonly number[]; readonly rates: readonly number[] } {
  const times: number[] = [];
  const rates: number[] = [];
  for (let index = 1; index < samples.length; index += 1) {
    const [before, after] = [samples[index - 1], samples[index]];
    if (before === undefined || after === undefined || after.atS - before.atS < 0.05) continue;
    times.push(after.atS);
    rates.push(Math.max(0, (after.done - before.done) / (after.atS - before.atS)));
  }
  return { times, rates };
}
