import type { CommandContext } from './command-context.ts';

/** Prints the result of a command: the document with `--json`, else the lines. */
export function printResult({ json, print }: Pick<CommandContext, 'json' | 'print'>, document: unknown, lines: readonly string[]): void {
  if (json) print(JSON.stringify(document));
  else for (const line of lines) print(line);
}
