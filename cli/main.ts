import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

// Output may be piped to a reader that has seen enough.
process.stdout.on('error', () => process.exit(1));
const terminal = processTerminal();
process.exitCode = await runProgram(process.argv.slice(2), process.env, terminal);
// What was left in the middle may hold the process for as long as a call lasts.
if (terminal.interrupted.aborted) process.exit();
