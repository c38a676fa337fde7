import type { ColumnType, Generated } from 'kysely';

/** A time the database may fill in itself. */
export type TimeByDefault = ColumnType<Date, Date | string | undefined, Date | string>;
export type Time = ColumnType<Date, Date | string, Date | string>;
export type OptionalTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
export type Optional<T> = ColumnType<T | null, T | null | undefined, T | null>;
/** Comes out parsed and unjudged, so its reader parses it with its schema; goes in as JSON text (`jsonText`). */
export type Json = ColumnType<unknown, string, string>;
export type JsonByDefault = ColumnType<unknown, string | undefined, string>;
export type { Generated };
