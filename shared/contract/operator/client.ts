import type { ProcedureInput, ProcedureOutput } from './dispatch.ts';
import { type ProcedureName, procedures } from './procedures.ts';
import { OperatorError, replySchema } from './reply.ts';

/** Carries a call to the operator and brings back its reply envelope: IPC, loopback HTTP, or a function call. */
export type Send = (name: ProcedureName, input: unknown) => Promise<unknown>;

/** The operator as window and command line see it. */
export interface OperatorClient {
  /** @throws OperatorError with what the person must be told. */
  call<Name extends ProcedureName>(name: Name, input: ProcedureInput<Name>): Promise<ProcedureOutput<Name>>;
}

/** A typed client over any transport. Replies are parsed: what is not of the declared form is an error, not a value. */
export function createOperatorClient(send: Send): OperatorClient {
  return {
    async call<Name extends ProcedureName>(name: Name, input: ProcedureInput<Name>): Promise<ProcedureOutput<Name>> {
      const reply = replySchema.safeParse(await send(name, input));
      if (!reply.success) throw unreadableReply();
      if (!reply.data.ok) throw new OperatorError(reply.data.problem);
      const output = procedures[name].output.safeParse(reply.data.value);
      if (!output.success) throw unreadableReply();
      return output.data as ProcedureOutput<Name>;
    },
  };
}

function unreadableReply(): OperatorError {
  return new OperatorError({
    code: 'unreadable_reply',
    title: 'The operator answered in a form that is not known here',
    detail: 'Whether the call took effect is not known: look at Runs before trying again.',
    request_id: null,
  });
}
