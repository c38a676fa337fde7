/** The person was asked and did not say yes. The message says what was not done, in a sentence; exit 3. */
export class Declined extends Error {
  override readonly name = 'Declined';
}
