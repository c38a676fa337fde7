/**
 * Parts of the reasons that reading a row back gives. What a customer or a rollback did since is no fault of the run;
 * whoever shows a verification tells them apart by these.
 */
export const readBackMarks = { as_left: 'It is as the run left it', completed_since: 'has completed since', put_back_since: 'A rollback has' } as const;
