import { useCallback, useState } from 'react';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import { problemOf, useHost } from '../operator.ts';

/** Lets the person keep a file that the operator has made; the problem says why it could not be kept. */
export function useDownload(): { readonly problem: OperatorProblem | undefined; keep(made: { readonly download_id: string } | undefined): Promise<void> } {
  const host = useHost();
  const [problem, setProblem] = useState<OperatorProblem | undefined>(undefined);
  const keep = useCallback(
    async (made: { readonly download_id: string } | undefined) => {
      setProblem(undefined);
      if (made === undefined) return;
      try {
        await host.saveDownload(made.download_id);
      } catch (thrown) {
        setProblem({ ...problemOf(thrown), title: 'The file could not be saved' });
      }
    },
    [host],
  );
  return { problem, keep };
}
