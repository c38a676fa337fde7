import { type RawBuilder, sql } from 'kysely';

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const MARK = /^\/\* kept as ([a-z][a-z0-9-]{0,39}) \*\//;

/**
 * Begins a long statement that is worth parsing and planning once a connection instead of every time: the first thing in its
 * text. To a database that keeps no statements it is a comment. The text must always be the same; what differs goes into
 * parameters, or under another name.
 */
export function keptAs(name: string): RawBuilder<unknown> {
  if (!NAME.test(name)) throw new Error(`"${name}" is no name for a statement that is kept.`);
  return sql.raw(`/* kept as ${name} */`);
}

/** Another text came under the name of a statement that is kept. */
export class KeptStatementChanged extends Error {
  override readonly name = 'KeptStatementChanged';
}

/**
 * Which name a text is kept under; undefined for one that is sent as it is. Each pool has one of these: connections would
 * only notice a second text under a name if it came to the same of them.
 */
export function createKeptNames(): (text: string) => string | undefined {
  const texts = new Map<string, string>();
  return (text) => {
    const name = MARK.exec(text)?.[1];
    if (name === undefined) return undefined;
    const first = texts.get(name) ?? text;
    if (first !== text) throw new KeptStatementChanged(`Another text is kept as "${name}".`);
    texts.set(name, first);
    return name;
  };
}
