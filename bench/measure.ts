import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** One run of a piece of work in a process of its own. */
export interface Measured {
  readonly milliseconds: number;
  readonly peakMemoryMb: number;
  /** The longest time that the main thread could do nothing else; null where nobody looks. */
  readonly longestBlockMs: number | null;
}

const measuredSchema = z.object({ milliseconds: z.number(), peakMemoryMb: z.number(), longestBlockMs: z.number().nullable() });

/**
 * Runs `work` in a fresh process as often as asked and gives the run of median time. The process prints one JSON
 * document of what it measured of itself, so that starting it does not count.
 */
export function medianOf(work: string, args: readonly string[], runs: number): Measured {
  const file = fileURLToPath(new URL(work, import.meta.url));
  const results = Array.from({ length: runs }, () => {
    const child = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8', maxBuffer: 1 << 24 });
    if (child.status !== 0) throw new Error(`${work} ${args.join(' ')} failed:\n${child.stderr}`);
    return measuredSchema.parse(JSON.parse(child.stdout));
  });
  const median = results.toSorted((a, b) => a.milliseconds - b.milliseconds)[Math.floor(runs / 2)];
  if (median === undefined) throw new Error('at least one run is needed');
  return median;
}

/** The middle one; not a number where there is none. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
