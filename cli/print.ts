import { OperatorError, type OperatorProblem } from '../shared/contract/operator/reply.ts';
import type { CommandContext } from './context.ts';
import { type ExitCode, exitCodeOf } from './exit-code.ts';
import { shown } from './shown-text.ts';
import { UsageError } from './usage-error.ts';

/** Prints the result of a command: the document with `--json`, else the lines. */
export function printResult(context: CommandContext, document: unknown, lines: readonly string[]): void {
  if (context.json) context.terminal.out(`${JSON.stringify(document)}\n`);
  else context.terminal.out(`${lines.map(shown).join('\n')}\n`);
}

/** Columns of text, each as wide as its widest cell, two spaces apart; numbers to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, text(cell).length);
  return rows.map((row) =>
    row
      .map((cell, index) => (typeof cell === 'number' ? text(cell).padStart(widths[index] ?? 0) : text(cell).padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** A number with its thousands grouped. */
export function grouped(count: number): string {
  return count.toLocaleString('en-GB');
}

/** `1 row`, `2 rows`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** Prints what went wrong and gives the exit code. Faults of our own show no inside. */
export function printFailure(context: Pick<CommandContext, 'json' | 'terminal'>, thrown: unknown): ExitCode {
  const problem = problemIn(thrown);
  const { code, title, detail, request_id: requestId } = problem;
  if (context.json) {
    const more = { ...(problem.errors === undefined ? {} : { errors: problem.errors }), ...(problem.rows === undefined ? {} : { rows: problem.rows }) };
    context.terminal.out(`${JSON.stringify({ error: { code, title, detail, request_id: requestId, ...more } })}\n`);
  } else {
    const lines = [
      `drydock: ${title}`,
      `  ${detail}`,
      ...(problem.errors ?? []).map(({ path, message }) => `  ${path}: ${message}`),
      ...(problem.rows ?? []).map(({ row, email }) => `  row ${row}  ${email}`),
      ...(requestId === null ? [] : [`  (${code}, request ${requestId})`]),
    ];
    context.terminal.err(`${lines.map(shown).join('\n')}\n`);
  }
  return exitCodeOf(problem);
}

function problemIn(thrown: unknown): OperatorProblem {
  if (thrown instanceof OperatorError) return thrown.problem;
  if (thrown instanceof UsageError) return { code: 'usage', title: 'The command was not understood', detail: thrown.message, request_id: null };
  return { code: 'internal', title: 'Drydock met a fault of its own', detail: `Nothing more was sent (${thrown instanceof Error ? thrown.name : typeof thrown}). Try again; "drydock runs" says where things stand.`, request_id: null };
}

function text(cell: string | number): string {
  return typeof cell === 'number' ? grouped(cell) : shown(cell);
}
