import { z } from 'zod';

/** A JSON Schema as far as contract schemas go. */
type JsonSchema = {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly additionalProperties?: unknown;
};

/** Values that fit a contract schema on the whole: a start for changing one thing at a time. `pick` chooses among branches. */
export function exampleOf(schema: z.ZodType, pick: (count: number) => number): unknown {
  return exampleFrom(z.toJSONSchema(schema, { io: 'input', reused: 'inline', unrepresentable: 'any' }) as JsonSchema, pick);
}

function exampleFrom(schema: JsonSchema, pick: (count: number) => number): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[pick(schema.enum.length)];
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) {
    const branch = branches[pick(branches.length)];
    return branch === undefined ? null : exampleFrom(branch, pick);
  }
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object': {
      const wanted = Object.entries(schema.properties ?? {}).filter(([name]) => (schema.required ?? []).includes(name) || pick(2) === 0);
      return Object.fromEntries(wanted.map(([name, of]) => [name, exampleFrom(of, pick)]));
    }
    case 'array':
      return schema.items === undefined ? [] : [exampleFrom(schema.items, pick)];
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, (schema.exclusiveMinimum ?? 0) + 1);
    case 'boolean':
      return pick(2) === 0;
    case 'null':
      return null;
    default:
      return textFor(schema);
  }
}

function textFor({ pattern, minLength }: JsonSchema): string {
  if (pattern === undefined) return 'ann@example.org'.padEnd(minLength ?? 0, 'x');
  const candidates = ['a'.repeat(64), '10', 'cus_A1', 'account-prep', 'ssh-ed25519 AAAA', 'SHA256:AAAA', '2026-01-01'];
  return candidates.find((text) => new RegExp(pattern, 'u').test(text)) ?? 'x';
}
