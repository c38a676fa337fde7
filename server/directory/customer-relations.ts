import { sql } from 'kysely';
import { directory } from './directory.ts';

/** The directory's relations, to be named in a query. */
export const customers = sql.raw(directory.customers);
export const addresses = sql.raw(directory.addresses);
export const stripeLinks = sql.raw(directory.stripeLinks);
