/** The person left a question, with Ctrl-C or Ctrl-D. The message says what stays, in a sentence; exit 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
