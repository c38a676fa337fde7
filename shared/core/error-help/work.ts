import { type ErrorHelp, NOTHING_DONE, NO_CUSTOMER_CHANGED } from './error-help.ts';

const DO_NOT_GO_ON = 'This admin API does not keep to its contract: do not go on, and tell whoever runs it. "drydock conformance --env NAME" says more.';

/** Files, plans, test runs and runs, as the operator's machine sees them. */
export const workHelp: Readonly<Record<string, ErrorHelp>> = {
  not_a_file: { happened: 'That is a folder, a device, or nothing that lies on this machine.', stays: 'Nothing was read or sent.', remedy: 'Choose one CSV file, from a folder of this machine.' },
  no_rows: { happened: 'The file has a header and no row that can go on. No rows is never a cohort, and never "everyone".', stays: NO_CUSTOMER_CHANGED, remedy: 'Look in the step Check, or with "drydock check FILE", why each row is left out, and export the file again.' },
  file_unreadable: { happened: 'The file could not be read to its end.', stays: 'Nothing was kept of it.', remedy: 'Check its rights, and that no other program holds it, then choose it again.' },
  file_not_taken: { happened: 'The file could not be handed to Drydock.', stays: 'Nothing was kept of it.', remedy: 'Do what the message says, or choose the file with the button instead.' },
  check_no_room: { happened: 'There is no room for what the check of the file finds.', stays: 'Nothing was sent.', remedy: 'Make room on the disk that is named, then load the file again.' },
  no_sample: { happened: 'This playbook has no sample file here.', stays: NOTHING_DONE, remedy: 'Choose a file of your own.' },
  unknown_source: { happened: 'The checked file is not open any more: Drydock was started anew, or its people were erased.', stays: 'The file itself is where it was.', remedy: 'Load it again; it is checked anew.' },
  unknown_file: { happened: 'The file that was chosen is not held any more.', stays: 'The file itself is where it was.', remedy: 'Choose it again.' },
  unknown_download: { happened: 'The file that was prepared has been handed out or cleared.', stays: NOTHING_DONE, remedy: 'Export it again.' },
  unknown_playbook: { happened: 'There is no such kind of migration here.', stays: NOTHING_DONE, remedy: 'Choose a migration of this environment. If it is listed, update Drydock.' },
  nothing_to_plan: { happened: 'The file was refused, or none of its rows can go on.', stays: NO_CUSTOMER_CHANGED, remedy: 'Look in the step Check why, correct the file, and load it again.' },
  unknown_plan: { happened: 'The plan is not here, or holds nothing.', stays: NO_CUSTOMER_CHANGED, remedy: 'Do the dry run again.' },
  cohort_differs: { happened: 'The server reads the file differently than this machine.', stays: NO_CUSTOMER_CHANGED, remedy: 'Do not go on: operator and server are of different versions. Update the older one and load the file again.' },
  decided_twice: { happened: 'Two different decisions were given for the same row.', stays: 'No plan was made.', remedy: 'Keep one of them: decline the row or skip it.' },
  not_in_cohort: { happened: 'A decision names somebody who is not in the file.', stays: 'No plan was made.', remedy: 'Look at the spelling of the address; only rows of the file can be declined or skipped.' },
  too_many_decisions: { happened: 'More rows are left out or declined than a plan takes.', stays: 'Nothing was planned; the decisions are kept.', remedy: 'Take decisions back in the dry run until few enough are left, or take the rows out of the file and load it again.' },
  rows_lost: { happened: 'Rows that were kept for the window are not here any more.', stays: 'What the server and the journal hold is as it was.', remedy: 'Look at them again: they are brought once more.' },
  rows_overtaken: { happened: 'Another filter, search or order was asked for before this one was found.', stays: NOTHING_DONE, remedy: 'Nothing: the later one is shown.' },
  rows_no_room: { happened: 'To be filtered and sorted, rows lie in a temporary file, and its disk is full.', stays: 'Nothing was sent or changed.', remedy: 'Make room on that disk, then look at the rows again.' },
  export_no_room: { happened: 'There is no room to put the file together.', stays: 'Nothing was left half-written.', remedy: 'Make room on the disk of Drydock\u2019s folder, then export again.' },
  temporary_password_needed: { happened: 'Validation signs in as the test users, and the temporary password is not known here.', stays: 'Nobody was signed in.', remedy: 'Enter it in the step Test run, or give it in DRYDOCK_TEMP_PASSWORD or DRYDOCK_TEMP_PASSWORD_FILE. It is kept nowhere.' },
  test_run_not_needed: { happened: 'The plan writes nobody, so there is nothing to try.', stays: NOTHING_DONE, remedy: 'Go on to the report, or load another file.' },
  validation_keys_missing: { happened: 'The test run was started on another machine, which alone has its one-use keys.', stays: 'Nobody was signed in.', remedy: 'Validate it there, or put its people back and start another one here.' },
  validation_running: { happened: 'This test run is being validated at this moment.', stays: 'It goes on.', remedy: 'Wait until it has ended.' },
  confirmation_required: { happened: 'This environment asks for the cohort tag to be typed before customers are changed.', stays: NO_CUSTOMER_CHANGED, remedy: 'Type it exactly as shown, or give it with --confirm TAG.' },
  items_gap: { happened: 'The server left out part of a run when it was read.', stays: 'What came before the gap is recorded; nothing of what came after.', remedy: DO_NOT_GO_ON },
  snapshots_do_not_end: { happened: 'The server gives the same prior states again and again.', stays: 'What came before is recorded.', remedy: DO_NOT_GO_ON },
  not_understood: { happened: 'The server began something else than was asked, or answered for it.', stays: 'What it did begin is under Runs.', remedy: DO_NOT_GO_ON },
  conformance_in_production: { happened: 'The check of an admin API writes made-up people, and this is a production environment.', stays: 'Nothing was written.', remedy: 'Run it on a copy, or add --yes-in-production to run it all the same.' },
};

/** Why the server could not write or put back one row. The other rows of the run go on. */
export const rowFailureHelp: Readonly<Record<string, ErrorHelp>> = {
  email_taken: { happened: 'Somebody took the e-mail address between the plan and the write.', stays: 'This customer was not changed; the other rows go on.', remedy: 'Find out whose it is, then plan again, or retry the failed rows.' },
  stripe_id_taken: { happened: 'The Stripe customer was linked to somebody else between the plan and the write.', stays: 'This customer was not changed; the other rows go on.', remedy: 'Find out in Stripe whose it is, then plan again.' },
  armed_elsewhere: { happened: 'Another migration prepared this customer meanwhile.', stays: 'This customer was not changed; the other rows go on.', remedy: 'Wait for the other migration to end, then plan again.' },
  outside_plan: { happened: 'The database refused the row because it does not belong to the plan of this run.', stays: 'This customer was not changed; the other rows go on.', remedy: 'This is a guard that should never be met: tell whoever runs the server, with the run.' },
  constraint_refused: { happened: 'A rule of the database of the server refused the row.', stays: 'This customer was not changed; the other rows go on.', remedy: 'Tell whoever runs the server, with the run and the row; then retry the failed rows.' },
  still_referred_to: { happened: 'A profile that the run made cannot be taken away again: something in the database refers to it.', stays: 'The profile stays as it is; the others go on.', remedy: 'Tell whoever runs the server what it is; it must be moved first.' },
};
