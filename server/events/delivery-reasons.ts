/** Why an event has not arrived, in a sentence. The codes alone are stored, so that nothing of a request or an answer can be. */
const sentences = {
  rejected_400: 'The destination says that the event is not of the form it takes (400).',
  rejected_409: 'The destination says that the event contradicts what it has (409).',
  rejected_413: 'The destination says that the event is too large (413).',
  rejected_422: 'The destination says that the event cannot be processed (422).',
  rejected: 'The destination refused the event for good.',
  too_many_properties: 'The event has more properties than the destination takes; it was not sent.',
  not_of_the_form: 'What was recorded is not of the form that can be sent; it was not sent.',
  key_refused: 'The destination refuses the API key (401 or 403). Nothing is lost: set a key that may create events, and start the server again.',
  wrong_address: 'What answers at the address of the destination is something else. Nothing is lost: correct the address, and start the server again.',
  throttled: 'The destination takes no more for the moment.',
  server_failed: 'The destination failed (5xx).',
  unexpected_answer: 'The destination gave an answer that says nothing about the event.',
  timed_out: 'No answer came in time.',
  no_connection: 'No connection could be made.',
  no_answer: 'The connection ended before the answer came.',
  not_trusted: 'The certificate of the destination is not trusted.',
} as const;

export type DeliveryReason = keyof typeof sentences;

/** The sentence of a stored code; of an unknown one, from an older or newer server, something that is true anyway. */
export function deliverySentence(code: string): string {
  return Object.hasOwn(sentences, code) ? sentences[code as DeliveryReason] : 'It could not be delivered.';
}
