import type { z } from 'zod';

/**
 * The kinds of schema below `schema` that would change a value on its way in: transforms, coercion, defaults, catches.
 * Contracts hold none, so that what was sent is what is judged. Empty when the schema only looks.
 */
export function silentChangesIn(schema: z.ZodType, seen: Set<unknown> = new Set()): string[] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const definition: unknown = schema.def;
  if (typeof definition !== 'object' || definition === null) return [];
  const found: string[] = [];
  const kind: unknown = Reflect.get(definition, 'type');
  if (typeof kind === 'string' && changingKinds.has(kind)) found.push(kind);
  if (Reflect.get(definition, 'coerce') === true) found.push('coerce');
  for (const inner of Object.values(definition).flatMap(schemasIn)) found.push(...silentChangesIn(inner, seen));
  return found;
}

const changingKinds = new Set(['transform', 'pipe', 'default', 'prefault', 'catch', 'success']);

function schemasIn(value: unknown): z.ZodType[] {
  if (Array.isArray(value)) return value.flatMap(schemasIn);
  if (typeof value !== 'object' || value === null) return [];
  if (isSchema(value)) return [value];
  return Object.values(value).filter(isSchema);
}

function isSchema(value: unknown): value is z.ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value && 'def' in value;
}
