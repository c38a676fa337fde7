import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { nameKey } from '../../shared/core/person-name.ts';
import { practicePeople, sharedNames } from './people.ts';
import { sampleCsv, sampleFileName } from './sample.ts';

describe('the practice people', () => {
  const people = practicePeople();

  it('are the same 5,000 every time, with addresses and Stripe ids that nobody shares', () => {
    expect(people).toHaveLength(5000);
    expect(practicePeople()).toEqual(people);
    expect(new Set(people.map((person) => person.email)).size).toBe(5000);
    expect(new Set(people.map((person) => person.userId)).size).toBe(5000);
    const stripeIds = people.flatMap((person) => (person.stripeCustomerId === null ? [] : [person.stripeCustomerId]));
    expect(new Set(stripeIds).size).toBe(stripeIds.length);
    expect(stripeIds.length).toBe(4500);
  });

  it('share a name only where ambiguity is wanted', () => {
    const names = Map.groupBy(people, (person) => nameKey(person.fullName));
    const shared = [...names.values()].filter((group) => group.length > 1).map((group) => group[0]?.fullName ?? '');
    expect(shared.toSorted()).toEqual(sharedNames(people).toSorted());
    expect(shared).toHaveLength(4);
  });
});

describe('the sample file', () => {
  it('is the one that ships', async () => {
    const shipped = await readFile(new URL(`../../resources/samples/${sampleFileName}`, import.meta.url), 'utf8');
    expect(shipped).toBe(sampleCsv());
  });

  it('has sixty rows', () => {
    expect(sampleCsv().trimEnd().split('\n')).toHaveLength(61);
  });
});
