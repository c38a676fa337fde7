import type { Playbook } from '../../core/playbook.ts';
import { accountPrepColumns } from './columns.ts';
import { accountPrepSettingsSchema } from './settings.ts';
import { actionWordings, fieldWordings, matchWordings, warningWordings } from './wording.ts';

/** Prepares a known list of customers to sign in once with a temporary password and set their own. */
export const accountPrep: Playbook = {
  id: 'account-prep',
  version: '1',
  title: 'Account preparation',
  summary: 'Customers of one file can sign in with a temporary password and must set their own at once.',
  columns: accountPrepColumns,
  settingsSchema: accountPrepSettingsSchema,
  sampleFile: 'account-prep-60.csv',
  matches: matchWordings,
  actions: actionWordings,
  fields: fieldWordings,
  warnings: warningWordings,
};
