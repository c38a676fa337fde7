import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Endpoint, needsIdempotencyKey } from './admin/endpoint.ts';
import { endpoints } from './admin/endpoints.ts';
import { procedures } from './operator/procedures.ts';
import { silentChangesIn } from './no-silent-change.ts';

const calls: readonly (readonly [string, Endpoint])[] = Object.entries(endpoints);

describe('the admin contract', () => {
  it.each(calls)('%s is declared under its own name', (name, call) => {
    expect(call.name).toBe(name);
  });

  it('has no two calls of one method and path', () => {
    const places = calls.map(([, call]) => `${call.method} ${call.path}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it.each(calls)('%s: its schemas only look, they never change a value', (_name, call) => {
    for (const schema of [call.params, call.query, call.body, call.reply]) expect(silentChangesIn(schema)).toEqual([]);
  });

  it.each(calls)('%s: what it takes in refuses unknown fields', (_name, call) => {
    for (const schema of [call.params, call.query]) expect(schema.safeParse({ surely_not_a_field: 1 }).success).toBe(false);
    if (call.bodyType === undefined) expect(call.body.safeParse({ surely_not_a_field: 1 }).success).toBe(false);
  });

  it('asks for an idempotency key on every writing call under /admin, and only there', () => {
    for (const [, call] of calls) expect(needsIdempotencyKey(call), call.path).toBe(call.path.startsWith('/admin') && call.method !== 'GET');
  });

  it('opens nothing that writes under /admin to a reading token', () => {
    for (const [, call] of calls) {
      if (needsIdempotencyKey(call)) expect(['migration:write', 'migration:approve', 'write-or-approve'], call.path).toContain(call.access);
    }
  });

  it('names every path place in its params', () => {
    for (const [, call] of calls) {
      const places = [...call.path.matchAll(/\{([a-z0-9_]+)\}/g)].map((place) => place[1]);
      expect(call.params.safeParse(Object.fromEntries(places.map((place) => [place, 'a'.repeat(64)]))).success, call.path).toBe(true);
    }
  });
});

describe('the operator contract', () => {
  it.each(Object.entries(procedures))('%s only looks at what it takes and gives', (_name, declared) => {
    expect(silentChangesIn(declared.input)).toEqual([]);
    expect(silentChangesIn(declared.output)).toEqual([]);
  });
});

describe('the look for silent changes', () => {
  it.each([
    ['a transform', z.strictObject({ a: z.array(z.string().transform(Number)) })],
    ['a default', z.strictObject({ a: z.string().default('x') })],
    ['a coercion', z.union([z.string(), z.coerce.number()])],
    ['a catch', z.record(z.string(), z.string().catch('x'))],
  ])('finds %s below other schemas', (_what, schema) => {
    expect(silentChangesIn(schema)).not.toEqual([]);
  });
});
