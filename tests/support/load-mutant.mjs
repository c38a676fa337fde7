// Loaded before a program under test: changes one source file as DRYDOCK_TEST_MUTANT says, and nothing on the disk.
import { registerHooks } from 'node:module';

const { file, from, to } = JSON.parse(process.env['DRYDOCK_TEST_MUTANT'] ?? '{}');

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(file)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(from)) {
      process.stderr.write(`the mutant's text is not in ${file}\n`);
      process.exit(70);
    }
    return { ...loaded, source: source.replace(from, to) };
  },
});
