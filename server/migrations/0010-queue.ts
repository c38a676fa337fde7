import { getConstructionPlans } from 'pg-boss';
import type { Migration } from './migration.ts';

/** The queue's own statements, without the transaction they bring along: the runner has one open already. */
function constructionStatements(): string {
  return getConstructionPlans('pgboss')
    .replace(/^\s*BEGIN;/, '')
    .replace(/COMMIT;\s*$/, '');
}

/**
 * pg-boss's schema, made by the owner: at run time the queue needs rows, never tables. A connection outside transactions
 * (`drydock_app`) may use the queue and nothing else.
 */
export const queue: Migration = {
  number: 10,
  name: 'queue',
  sql: `
${constructionStatements()}
grant usage on schema pgboss to drydock_app;
grant select, insert, update, delete on all tables in schema pgboss to drydock_app;
grant execute on all functions in schema pgboss to drydock_app;
`,
};
