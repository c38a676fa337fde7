import type { Migration } from './migration.ts';

/** Removing a profile looks for what refers to it: without these, every removal reads both tables from end to end. */
export const ownersByIndex: Migration = {
  number: 21,
  name: 'owners-by-index',
  sql: `
create index sessions_of_user on sessions (user_id);
create index members_of_user on members (user_id);
drop index sessions_by_user;
`,
};
