import { type Run, listRuns } from '../../shared/contract/admin/runs.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';

const PAGE = '1000';
const SHOWN_RUNS_MAX = 2_000;

/** The newest runs that the server has, of one migration when named; unless told otherwise some thousands at most. @throws OperatorError as the call does */
export async function runsAtServer(environment: Pick<ConnectedEnvironment, 'read'>, migration: string | undefined, atMost = SHOWN_RUNS_MAX): Promise<Run[]> {
  const runs: Run[] = [];
  let after: string | undefined;
  do {
    const page = await environment.read(listRuns, { params: {}, query: { limit: PAGE, ...(migration === undefined ? {} : { migration }), ...(after === undefined ? {} : { after }) } });
    runs.push(...page.items);
    after = page.next_cursor ?? undefined;
  } while (after !== undefined && runs.length < atMost);
  return runs;
}
