import { inject } from 'vitest';

// Runs before each file of the `postgres` project: stores that tests open without naming a database are PostgreSQL's.
process.env['DRYDOCK_TEST_POSTGRES_URL'] = inject('postgresUrl');
