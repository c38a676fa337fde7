import { useCallback, useState } from 'react';
import type { ProcedureInput } from '../../../shared/contract/operator/dispatch.ts';
import type { OperatorProblem } from '../../../shared/contract/operator/reply.ts';
import type { CheckSummary } from '../../../shared/contract/operator/sources.ts';
import type { PickedFile } from '../../host.ts';
import { useHost, useOperatorCommand } from '../../operator.ts';
import { usePlace } from '../../stores/place.ts';
import { useSourceFile } from '../../stores/source-file.ts';

export type CheckOptions = Pick<ProcedureInput<'sources.check'>, 'encoding' | 'delimiter' | 'mapping'>;

/** Bringing a file to the operator and having it checked. */
export interface FileLoading {
  readonly busy: boolean;
  readonly problem: OperatorProblem | undefined;
  /** The file being read just now. */
  readonly reading: PickedFile | null;
  choose(): void;
  drop(file: File): void;
  sample(): void;
  /** Checks the file that is held again, with other settings. */
  checkAgain(options: CheckOptions): void;
}

/** Loads for one playbook, then opens the Check step. */
export function useFileLoading(playbook: string): FileLoading {
  const host = useHost();
  const openStep = usePlace((state) => state.openStep);
  const { picked, keep, keepCheck } = useSourceFile();
  const check = useOperatorCommand('sources.check');
  const openSample = useOperatorCommand('sources.openSample');
  const [handing, setHanding] = useState<{ readonly busy: boolean; readonly problem: OperatorProblem | undefined }>({ busy: false, problem: undefined });
  const [reading, setReading] = useState<PickedFile | null>(null);

  const checkFile = useCallback(
    async (file: PickedFile, options: CheckOptions = {}): Promise<CheckSummary | undefined> => {
      keep(file);
      setReading(file);
      const found = await check.run({ handle: file.handle, playbook, ...options });
      setReading(null);
      if (found !== undefined) {
        keepCheck(found);
        openStep('check');
      }
      return found;
    },
    [check, keep, keepCheck, openStep, playbook],
  );

  const take = async (bring: () => Promise<PickedFile | null | undefined>): Promise<void> => {
    check.clear();
    setHanding({ busy: true, problem: undefined });
    try {
      const file = await bring();
      setHanding({ busy: false, problem: undefined });
      if (file !== null && file !== undefined) await checkFile(file);
    } catch (thrown) {
      setHanding({ busy: false, problem: handingProblem(thrown) });
    }
  };

  return {
    busy: handing.busy || openSample.busy || check.busy,
    problem: handing.problem ?? openSample.problem ?? check.problem,
    reading,
    choose: () => void take(() => host.openFile('csv')),
    drop: (file) => void take(() => host.fileFromDrop(file, 'csv')),
    sample: () => void take(() => openSample.run({ playbook })),
    checkAgain: (options) => {
      if (picked !== null) void checkFile(picked, options);
    },
  };
}

function handingProblem(thrown: unknown): OperatorProblem {
  return {
    code: 'file_not_taken',
    title: 'The file could not be loaded',
    detail: thrown instanceof Error ? thrown.message : 'Try again.',
    request_id: null,
  };
}
