/** JSON for a `jsonb` column. As text, because the two drivers disagree about arrays given as values. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value);
}
