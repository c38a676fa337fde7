import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planActionSchema, planMatchSchema } from '../core/plan-row.ts';
import { findPlaybook, playbooks } from './registry.ts';

describe('the registry of playbooks', () => {
  it('has every folder, under its own name', () => {
    const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    expect(folders.length).toBeGreaterThan(0);
    expect(Object.keys(playbooks).sort()).toEqual(folders.sort());
    for (const [name, playbook] of Object.entries(playbooks)) expect(playbook.id).toBe(name);
  });

  it('finds nothing under names that every object has', () => {
    expect(findPlaybook('account-prep')?.title).toBe('Account preparation');
    expect(findPlaybook('constructor')).toBeUndefined();
    expect(findPlaybook('__proto__')).toBeUndefined();
  });

  it('has words for everything a row can say', () => {
    for (const playbook of Object.values(playbooks)) {
      const wordings = [playbook.matches, playbook.actions, playbook.fields, playbook.warnings].flatMap((table) => Object.values(table));
      for (const { title, sentence } of wordings) {
        expect(title.length).toBeLessThan(30);
        expect(sentence).toMatch(/^[A-Z].*\.$/);
      }
      expect(Object.keys(playbook.matches).sort()).toEqual([...planMatchSchema.options].sort());
      expect(Object.keys(playbook.actions).sort()).toEqual([...planActionSchema.options].sort());
    }
  });
});
