import type { Access } from '../../shared/contract/admin/endpoint.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import { Refusal } from './refusal.ts';
import type { Caller } from './token.ts';

/** Access of calls that a bearer token opens. */
export type AdminAccess = Exclude<Access, 'none' | 'session' | 'loopback-or-any-scope'>;

/** Throws `Refusal('insufficient_scope')` unless the caller's token carries a scope that opens the call (A17). */
export function requireScope(caller: Pick<Caller, 'scopes'>, access: AdminAccess): void {
  if (!opens(caller.scopes, access)) throw new Refusal('insufficient_scope');
}

function opens(scopes: Caller['scopes'], access: AdminAccess): boolean {
  switch (access) {
    case 'any-scope':
      return scopes.size > 0;
    case 'write-or-approve':
      return scopes.has('migration:write') || scopes.has('migration:approve');
    case 'migration:write':
    case 'migration:approve':
      return scopes.has(access);
    default:
      return assertNever(access);
  }
}
