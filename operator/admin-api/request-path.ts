/**
 * Fills the `{places}` of a path, each value encoded as one segment, and adds the query. A value can neither leave
 * its segment nor vanish from the path.
 * @throws RangeError for a place without a value, and for an empty value or one of dots alone
 */
export function requestPath(template: string, params: Readonly<Record<string, unknown>>, query: Readonly<Record<string, unknown>>): string {
  const path = template.replace(/\{([a-z0-9_]+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (typeof value !== 'string' || /^\.*$/.test(value)) throw new RangeError(`The path's ${name} is missing or cannot stand in a path.`);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (typeof value === 'string') search.append(name, value);
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}
