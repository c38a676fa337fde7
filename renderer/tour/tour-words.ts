import type { StepName } from '../steps/steps.ts';

/** One stop of the tour: what its step is for, and what to press there. */
export interface TourStop {
  readonly about: string;
  readonly press: string;
}

/** Two sentences a step, with the buttons by the names that they have on screen. */
export const tourStops: Readonly<Record<StepName, TourStop>> = {
  load: { about: 'Everything begins with a CSV, which is read on this machine.', press: 'Press “Use the sample file”.' },
  check: { about: 'Rejected and duplicate rows are listed here with line and reason, and nothing is dropped silently.', press: 'Look through them, then press “Start the dry run”.' },
  dry_run: { about: 'The server says what it would change, row by row, and changes nothing.', press: 'Decide the name matches under review, then press “Go to the test run”.' },
  test_run: { about: 'Three customers are changed first, and signed in as they would do it.', press: 'Press “Run the three” and, when that has passed, “Put them back”.' },
  approval: { about: 'Consent is given to exactly this plan, named by its hash.', press: 'Press “Approve as the practice approver”, who stands for somebody else here.' },
  execution: { about: 'The plan is run in stages that can be paused, resumed and stopped.', press: 'Choose how many, then press “Execute…”.' },
  verification: { about: 'What was written is read back and compared with the plan.', press: 'Choose a sample or every row, then press “Verify”.' },
  report: { about: 'The report is signed twice, and can be checked years later without Drydock.', press: 'Press “Export the report”, then “Verify it here”.' },
  follow_up: { about: 'This shows who has signed in and set a password, and who is left.', press: 'Look at the list, then open “Roll back”.' },
  roll_back: { about: 'One customer, several or all can be put back to before, from the snapshots.', press: 'Choose whom, then press “Preview the rollback”: nothing is put back before you confirm it.' },
};
