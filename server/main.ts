import { processContext } from './cli-commands/command-context.ts';
import { runServerProgram } from './program.ts';

process.exitCode = await runServerProgram(process.argv.slice(2), processContext());
