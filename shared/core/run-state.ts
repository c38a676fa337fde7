import { z } from 'zod';

/**
 * Where a run stands. What was asked for and what has happened are different states: a run that is `pausing`
 * still finishes its batch, a run that is `paused` has none in flight.
 */
export const runStateSchema = z.enum([
  'queued',
  'running',
  'pausing',
  'paused',
  'stopping',
  'stopped',
  'halted',
  'completed',
  'completed_with_failures',
  'failed',
]);
export type RunState = z.infer<typeof runStateSchema>;

/** What can happen to a run: three things a person asks, and what the engine finds. */
export type RunEvent =
  | 'pause_asked'
  | 'resume_asked'
  | 'stop_asked'
  | 'started'
  | 'batch_ended'
  | 'flag_found_off'
  | 'threshold_passed'
  | 'finished'
  | 'finished_with_failures'
  | 'broke';

export type RunTransition = { readonly from: RunState; readonly event: RunEvent; readonly to: RunState; readonly why: string };

/** Every way from one state to another. What is not in this table does not happen. */
export const runTransitions: readonly RunTransition[] = [
  { from: 'queued', event: 'started', to: 'running', why: 'A server process took its first batch.' },
  { from: 'queued', event: 'pause_asked', to: 'paused', why: 'No batch is in flight, so what was asked has happened.' },
  { from: 'queued', event: 'stop_asked', to: 'stopped', why: 'No batch is in flight, so what was asked has happened.' },
  { from: 'queued', event: 'flag_found_off', to: 'paused', why: 'The feature flag was off before the first batch.' },
  { from: 'queued', event: 'broke', to: 'failed', why: 'It could not begin: something it needs is gone.' },

  { from: 'running', event: 'pause_asked', to: 'pausing', why: 'A person asked; the batch in flight ends first.' },
  { from: 'running', event: 'stop_asked', to: 'stopping', why: 'A person asked; the batch in flight ends first.' },
  { from: 'running', event: 'flag_found_off', to: 'paused', why: 'The feature flag was off before the next batch.' },
  { from: 'running', event: 'threshold_passed', to: 'halted', why: 'More rows failed than its limit allows.' },
  { from: 'running', event: 'finished', to: 'completed', why: 'Every row is settled and none failed.' },
  { from: 'running', event: 'finished_with_failures', to: 'completed_with_failures', why: 'Every row is settled; some failed.' },
  { from: 'running', event: 'broke', to: 'failed', why: 'It cannot go on: something it needs is gone.' },

  { from: 'pausing', event: 'batch_ended', to: 'paused', why: 'The batch that was in flight has ended.' },
  { from: 'pausing', event: 'flag_found_off', to: 'paused', why: 'The feature flag was off before the next batch.' },
  { from: 'pausing', event: 'resume_asked', to: 'running', why: 'The pause was taken back before it happened.' },
  { from: 'pausing', event: 'stop_asked', to: 'stopping', why: 'A person asked for more than a pause.' },
  { from: 'pausing', event: 'threshold_passed', to: 'halted', why: 'The batch in flight brought more failures than its limit allows.' },
  { from: 'pausing', event: 'finished', to: 'completed', why: 'The batch in flight was the last one and nothing failed.' },
  { from: 'pausing', event: 'finished_with_failures', to: 'completed_with_failures', why: 'The batch in flight was the last one; some rows failed.' },
  { from: 'pausing', event: 'broke', to: 'failed', why: 'It cannot go on: something it needs is gone.' },

  { from: 'paused', event: 'resume_asked', to: 'queued', why: 'A person asked; a server process takes the next batch.' },
  { from: 'paused', event: 'stop_asked', to: 'stopped', why: 'No batch is in flight, so what was asked has happened.' },

  { from: 'halted', event: 'resume_asked', to: 'queued', why: 'A person looked at the failures and goes on.' },
  { from: 'halted', event: 'stop_asked', to: 'stopped', why: 'A person looked at the failures and ends it.' },

  { from: 'stopping', event: 'batch_ended', to: 'stopped', why: 'The batch that was in flight has ended.' },
  { from: 'stopping', event: 'flag_found_off', to: 'stopped', why: 'The feature flag was off before the next batch, and stopping was asked already.' },
  { from: 'stopping', event: 'threshold_passed', to: 'stopped', why: 'Stopping was asked already; the failures are in its items.' },
  { from: 'stopping', event: 'finished', to: 'completed', why: 'The batch in flight was the last one and nothing failed.' },
  { from: 'stopping', event: 'finished_with_failures', to: 'completed_with_failures', why: 'The batch in flight was the last one; some rows failed.' },
  { from: 'stopping', event: 'broke', to: 'failed', why: 'It cannot go on: something it needs is gone.' },
];

/** States in which what an event asks for is so already, or on its way. Asking again is no mistake and changes nothing. */
const alreadySo: Partial<Record<RunEvent, readonly RunState[]>> = {
  pause_asked: ['pausing', 'paused'],
  resume_asked: ['queued', 'running'],
  stop_asked: ['stopping', 'stopped'],
  started: ['running', 'pausing', 'stopping'],
};

export type RunStep =
  | { readonly kind: 'moved'; readonly state: RunState; readonly why: string }
  | { readonly kind: 'already'; readonly state: RunState }
  | { readonly kind: 'refused'; readonly state: RunState; readonly why: string };

/** Where a run goes from `state` when `event` happens. Refused means that the run stays as it is. Never throws. */
export function nextRunState(state: RunState, event: RunEvent): RunStep {
  const edge = runTransitions.find((transition) => transition.from === state && transition.event === event);
  if (edge !== undefined) return { kind: 'moved', state: edge.to, why: edge.why };
  if (alreadySo[event]?.includes(state) === true) return { kind: 'already', state };
  return { kind: 'refused', state, why: refusal(state, event) };
}

function refusal(state: RunState, event: RunEvent): string {
  if (isEnded(state)) return `The run has ended (${state}); nothing can change it any more.`;
  if (event === 'pause_asked') return 'The run is being stopped; it cannot be paused instead.';
  if (event === 'resume_asked') return 'The run is being stopped; what is left needs a new execution.';
  return `"${event}" cannot happen to a run that is ${state}.`;
}

/** Whether nothing more will happen. */
export function isEnded(state: RunState): boolean {
  return state === 'stopped' || state === 'completed' || state === 'completed_with_failures' || state === 'failed';
}

/** Whether it is being worked on. Time in other states is no time of work, and counts in no rate. */
export function isAtWork(state: RunState): boolean {
  return state === 'running' || state === 'pausing' || state === 'stopping';
}

/** Whether a server process may take a batch of it. */
export function takesBatches(state: RunState): boolean {
  return state === 'queued' || state === 'running';
}

/** Whether what a run says of itself is that the feature flag holds it, and no person. */
export function isHeldByFlag(message: string | null): boolean {
  return runTransitions.some(({ event, to, why }) => event === 'flag_found_off' && to === 'paused' && message?.startsWith(why) === true);
}
