/** The system's code of what was thrown, such as `ENOSPC`; undefined for what did not come from the system. */
export function systemCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}
