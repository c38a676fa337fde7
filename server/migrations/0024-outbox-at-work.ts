import type { Migration } from './migration.ts';

/** What is still on its way out, or was given up, is counted at every scrape; delivered events are left alone, however many there are. */
export const outboxAtWork: Migration = {
  number: 24,
  name: 'outbox-at-work',
  sql: `
create index outbox_undelivered on outbox (destination, state, created_at) where state in ('held', 'pending', 'dead');
`,
};
