import { z } from 'zod';

/** One thing that was seen of a record: a value of one of its fields, or a list of texts such as its addresses. */
export const factValueSchema = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);
export type FactValue = string | number | boolean | null | readonly string[];

/** A flat map of what was seen; keys are names of fields or of observations, in no order. */
export const factsSchema = z.record(z.string().max(64), factValueSchema);
export type Facts = Readonly<Record<string, FactValue>>;

/** Whether two facts are the same; lists are the same when they hold the same texts in the same order. */
export function sameFact(one: FactValue | undefined, other: FactValue | undefined): boolean {
  if (isList(one) && isList(other)) return one.length === other.length && one.every((text, index) => text === other[index]);
  return one === other;
}

/** Names of the facts that differ, absent ones included, in ASCII order; empty when both maps say the same. */
export function differingFacts(one: Facts, other: Facts): readonly string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => !sameFact(factOf(one, name), factOf(other, name))).sort();
}

/** An own fact only: a name such as `constructor` is no fact unless somebody put it there. */
function factOf(facts: Facts, name: string): FactValue | undefined {
  return Object.hasOwn(facts, name) ? facts[name] : undefined;
}

function isList(value: FactValue | undefined): value is readonly string[] {
  return Array.isArray(value);
}
