// Loaded before a program under test: changes source files as DRYDOCK_TEST_MUTANTS says, and nothing on the disk.
import { registerHooks } from 'node:module';

/** @type {readonly { file: string, from: string, to: string }[]} */
const mutants = JSON.parse(process.env['DRYDOCK_TEST_MUTANTS'] ?? '[]');

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const here = mutants.filter(({ file }) => url.endsWith(file));
    if (here.length === 0) return loaded;
    let source = String(loaded.source);
    for (const { file, from, to } of here) {
      if (!source.includes(from)) {
        process.stderr.write(`the mutant's text is not in ${file}\n`);
        process.exit(70);
      }
      source = source.replace(from, () => to);
    }
    return { ...loaded, source };
  },
});
