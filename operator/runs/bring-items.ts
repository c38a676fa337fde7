import { isServerAway } from '../environments/server-away.ts';
import type { OperatorParts } from '../parts.ts';

/** Brings a run's items as far as the server has them; where it is away they stay as far as the journal has them. */
export async function bringItems({ environments, mirror }: Pick<OperatorParts, 'environments' | 'mirror'>, runId: string): Promise<void> {
  if (mirror.isWhole(runId)) return;
  try {
    await mirror.follow(await environments.connect(), runId);
  } catch (thrown) {
    if (!isServerAway(thrown)) throw thrown;
  }
}
