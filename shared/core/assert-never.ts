/**
 * Closes a switch over a union: a case that nobody handles fails to compile. Throws when a value that no
 * type allows arrives all the same, which means that a border was passed without its schema.
 */
export function assertNever(value: never): never {
  throw new TypeError(`No case handles ${JSON.stringify(value)}.`);
}
