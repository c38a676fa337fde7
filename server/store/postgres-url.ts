import pg from 'pg';

/** Whether the library that connects can read this address at all. Nothing is connected to. */
export function isReadablePostgresUrl(url: string): boolean {
  try {
    return new pg.Client({ connectionString: url }).host !== '';
  } catch {
    return false;
  }
}
