/** What a person is told of an error code beside the sentence that came with it. */
export interface ErrorHelp {
  readonly happened: string;
  /** What was not done, and what stays as it is. */
  readonly stays: string;
  readonly remedy: string;
}

/** Codes of one origin. The order is that of docs/errors.md. */
export interface ErrorHelpGroup {
  readonly title: string;
  readonly about: string;
  readonly codes: Readonly<Record<string, ErrorHelp>>;
}

export const NOTHING_DONE = 'Nothing was done, and nothing was changed.';
export const NO_CUSTOMER_CHANGED = 'No customer was changed.';
export const NOTHING_SENT = 'Nothing was sent to the environment.';
