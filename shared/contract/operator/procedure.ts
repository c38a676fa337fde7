import type { z } from 'zod';

/** What a procedure does to the world: a query may be repeated freely, a command may write. */
export type ProcedureKind = 'query' | 'command';

/**
 * One call between window (or command line) and operator, declared once. Preload, IPC, loopback HTTP, the in-process
 * transport and the typed client derive from it. Schemas neither coerce nor transform nor default.
 */
export interface Procedure<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly kind: ProcedureKind;
  readonly input: Input;
  readonly output: Output;
}

/** Declares a procedure that changes nothing. */
export function query<Input extends z.ZodType, Output extends z.ZodType>(input: Input, output: Output): Procedure<Input, Output> & { readonly kind: 'query' } {
  return { kind: 'query', input, output };
}

/** Declares a procedure that may write. */
export function command<Input extends z.ZodType, Output extends z.ZodType>(input: Input, output: Output): Procedure<Input, Output> & { readonly kind: 'command' } {
  return { kind: 'command', input, output };
}
