import { directory } from '../directory/directory.ts';
import type { SeedPerson } from '../directory/user-directory.ts';
import type { Script } from '../store/engine.ts';
import { runStatement } from '../store/script-statement.ts';

/**
 * Puts people into the user tables as an application would have them before any migration. Runs as the owner of the
 * tables, outside every run: this is the one place that makes accounts without one, and only a practice server has it.
 */
export async function seedPeople(run: Script, people: readonly SeedPerson[]): Promise<void> {
  for (const statement of directory.seed(people)) await runStatement(run, statement);
}
