/** The command was not used as it is meant to be: said in one line, exit 64. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
