import { z } from 'zod';
import { isUncleanText } from './json-body.ts';
import { Refusal } from './refusal.ts';

type FieldError = { readonly path: string; readonly message: string };

/** More than this helps nobody, and a body of a million mistakes must not make an answer of a million lines. */
const ERRORS_MAX = 100;

/**
 * What the schema makes of the value, which is the value itself: contract schemas neither coerce nor drop. Throws
 * `Refusal('invalid_request')` naming each path; `where` is put before them (`query.limit`).
 */
export function requireValid<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => fieldErrors(issue, [])).slice(0, ERRORS_MAX);
  throw new Refusal('invalid_request', {
    errors: errors.map(({ path, message }) => ({ path: [where, path].filter((part) => part !== '').join('.'), message })),
  });
}

/** Texts of a path or a query must be storable; a body is judged where it is read. Throws `Refusal('invalid_request')`. */
export function requireCleanTexts(values: unknown, where: string): void {
  if (typeof values !== 'object' || values === null) return;
  for (const [name, value] of Object.entries(values)) {
    const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (isUncleanText(name) || texts.some((text) => typeof text === 'string' && isUncleanText(text))) {
      throw new Refusal('invalid_request', { errors: [{ path: where, message: 'must not hold NUL or half a surrogate pair' }] });
    }
  }
}

/** Of a union the branch that came nearest speaks; its errors are the ones that somebody can act on. */
function fieldErrors(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): readonly FieldError[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const nearest = [...issue.errors].sort((one, other) => one.length - other.length)[0];
    if (nearest !== undefined && nearest.length > 0) return nearest.flatMap((inner) => fieldErrors(inner, path));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key].map(String).join('.'), message: 'is not a field of this request' }));
  }
  return [{ path: path.map(String).join('.'), message: issue.message }];
}
