import type { ProblemCode } from '../../core/problem-codes.ts';
import { type Endpoint, needsIdempotencyKey } from './endpoint.ts';

/** Every code with which a call can be refused: what its access, its path and its method bring along, and its own. */
export function problemsOf(endpoint: Endpoint): readonly ProblemCode[] {
  return [...new Set<ProblemCode>(['invalid_request', 'internal_error', 'database_timeout', ...ofAccess(endpoint), ...ofPath(endpoint), ...ofBody(endpoint), ...(endpoint.problems ?? [])])];
}

function ofAccess({ access, flagGated }: Endpoint): readonly ProblemCode[] {
  if (access === 'none') return [];
  if (access === 'session') return ['unauthenticated'];
  return ['unauthenticated', 'insufficient_scope', ...(flagGated ? (['feature_disabled'] as const) : [])];
}

function ofPath({ path, method }: Endpoint): readonly ProblemCode[] {
  return [
    ...(method !== 'GET' && (path.includes('/migration/{id}') || path.includes('/runs/{run_id}')) ? (['migration_purged'] as const) : []),
    ...(path.includes('/migration/{id}') ? (['unknown_migration'] as const) : []),
    ...(path.includes('/test-run/{run_id}') ? (['unknown_test_run'] as const) : []),
    ...(path.includes('/runs/{run_id}') ? (['unknown_run'] as const) : []),
  ];
}

function ofBody(endpoint: Endpoint): readonly ProblemCode[] {
  if (endpoint.method === 'GET') return [];
  return [
    'malformed_body',
    'unsupported_media_type',
    'payload_too_large',
    ...(needsIdempotencyKey(endpoint) ? (['idempotency_key_required', 'idempotency_key_reused', 'idempotency_key_in_flight'] as const) : []),
  ];
}
