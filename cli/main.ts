import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

// Output may be piped to a reader that has seen enough.
process.stdout.on('error', () => process.exit(1));
process.exitCode = await runProgram(process.argv.slice(2), process.env, processTerminal());
