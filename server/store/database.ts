import type { AdministrationTables } from './tables/administration-tables.ts';
import type { CustomerTables } from './tables/customer-tables.ts';
import type { EventTables } from './tables/event-tables.ts';
import type { PlanTables } from './tables/plan-tables.ts';
import type { RunTables } from './tables/run-tables.ts';
import type { SettingsTables } from './tables/settings-tables.ts';
import type { SignInTables } from './tables/sign-in-tables.ts';

/** Every table, as the migrations make it. */
export type Database = SettingsTables & PlanTables & RunTables & CustomerTables & SignInTables & EventTables & AdministrationTables;
