import { type CheckWording, fileErrorWordings, rejectWordings, warningWordings } from '../check-codes.ts';
import { planWarningWords } from '../plan-warnings.ts';
import { environmentHelp } from './environments.ts';
import type { ErrorHelp, ErrorHelpGroup } from './error-help.ts';
import { journalHelp } from './journal.ts';
import { reportHelp } from './reports.ts';
import { gateHelp, requestHelp } from './requests.ts';
import { commandLineHelp, serverStartHelp, windowHelp } from './window.ts';
import { rowFailureHelp, workHelp } from './work.ts';

const told = [
  { title: 'Environments', about: 'Address, certificate, token, identity, and the practice server.', codes: environmentHelp },
  { title: 'Requests', about: 'What the admin API says of a request, of who asks, and of itself.', codes: requestHelp },
  { title: 'Migrations, gates and runs', about: 'What the admin API refuses, and why.', codes: gateHelp },
  { title: 'Files, plans and runs', about: 'What the operator’s machine finds before and after it asks the server.', codes: workHelp },
  { title: 'Failed rows', about: 'Why one row of a run could not be written or put back.', codes: rowFailureHelp },
  { title: 'Reports and keys', about: 'Writing and verifying reports, and the keys that sign them.', codes: reportHelp },
  { title: 'Journal', about: 'The record on this machine.', codes: journalHelp },
  { title: 'Window', about: 'The window, and the way between it and the operator.', codes: windowHelp },
  { title: 'Command line', about: 'What a command says when it ends early.', codes: commandLineHelp },
  { title: 'Starting a server', about: 'What stops "drydock-server" from starting.', codes: serverStartHelp },
] as const satisfies readonly ErrorHelpGroup[];

const toldCodes: ReadonlySet<string> = new Set(told.flatMap(({ codes }) => Object.keys(codes)));

/** Every code that can reach a person, grouped; each stands once. The check's own wordings are taken as they are. */
export const errorHelpGroups: readonly ErrorHelpGroup[] = [
  ...told,
  { title: 'Refused files', about: 'Why a whole file is refused by the check.', codes: fromWordings(fileErrorWordings, 'Nothing of the file goes on, and nothing was sent.') },
  { title: 'Left-out rows', about: 'Why the check leaves one row out.', codes: fromWordings(rejectWordings, 'This row is left out; the others go on.') },
  { title: 'Marks of the check', about: 'What looks risky about a row that goes on.', codes: fromWordings(warningWordings, 'The row goes on, with this mark.') },
  { title: 'Marks of the plan', about: 'What the planner says of a row.', codes: fromWordings(planWarningWords, 'The plan has written nothing. A blocked row is never written.') },
];

/** The help of a code; undefined where it is not one of ours. */
export function errorHelpOf(code: string): ErrorHelp | undefined {
  return helpByCode.get(code);
}

const helpByCode: ReadonlyMap<string, ErrorHelp> = new Map(errorHelpGroups.flatMap(({ codes }) => Object.entries(codes)));

function fromWordings(wordings: Readonly<Record<string, CheckWording>>, stays: string): Readonly<Record<string, ErrorHelp>> {
  return Object.fromEntries(Object.entries(wordings).flatMap(([code, { reason, remedy }]) => (toldCodes.has(code) ? [] : [[code, { happened: reason, stays, remedy }]])));
}
