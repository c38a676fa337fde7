import type { z } from 'zod';
import { type Procedures, type ProcedureName, procedures } from './procedures.ts';
import { OperatorError, type OperatorProblem, type Reply } from './reply.ts';

/** Who is asking. Built by the transport from what it knows; a client cannot send it. */
export interface Caller {
  readonly transport: 'electron' | 'browser' | 'in-process';
}

export type ProcedureInput<Name extends ProcedureName> = z.infer<Procedures[Name]['input']>;
export type ProcedureOutput<Name extends ProcedureName> = z.infer<Procedures[Name]['output']>;

/** One function a procedure. */
export type Handlers = {
  readonly [Name in ProcedureName]: (input: ProcedureInput<Name>, caller: Caller) => Promise<ProcedureOutput<Name>>;
};

/** Told of faults that are nobody's input: for the log, never for the reply. */
export type FaultListener = (name: string, fault: unknown) => void;

/**
 * Answers one call: own-property look-up, input parsed, handler, output parsed, envelope. Never throws, and never lets
 * a raw error's text out.
 */
export async function dispatch(handlers: Handlers, name: string, rawInput: unknown, caller: Caller, onFault: FaultListener): Promise<Reply> {
  if (!isProcedureName(name)) {
    return refusal({ code: 'unknown_procedure', title: 'This call does not exist', detail: 'The window and the operator are of different versions: restart Drydock.', request_id: null });
  }
  return answer(handlers, name, rawInput, caller, onFault);
}

async function answer<Name extends ProcedureName>(handlers: Handlers, name: Name, rawInput: unknown, caller: Caller, onFault: FaultListener): Promise<Reply> {
  const declared: Procedures[Name] = procedures[name];
  const input = declared.input.safeParse(rawInput);
  if (!input.success) {
    return refusal({
      code: 'invalid_request',
      title: 'That call is not of the form it must have',
      detail: 'See the listed fields.',
      request_id: null,
      errors: input.error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message })),
    });
  }
  try {
    const handler = handlers[name];
    const output = declared.output.safeParse(await handler(input.data as ProcedureInput<Name>, caller));
    if (!output.success) {
      onFault(name, output.error);
      return refusal(internalFault);
    }
    return { ok: true, value: output.data };
  } catch (thrown) {
    if (thrown instanceof OperatorError) return refusal(thrown.problem);
    onFault(name, thrown);
    return refusal(internalFault);
  }
}

const internalFault: OperatorProblem = {
  code: 'internal',
  title: 'Drydock met a fault of its own',
  detail: 'Nothing more was sent. Try again; if it comes back, restart Drydock and look in the log.',
  request_id: null,
};

function refusal(problem: OperatorProblem): Reply {
  return { ok: false, problem };
}

function isProcedureName(name: string): name is ProcedureName {
  return Object.hasOwn(procedures, name);
}
