import { accountPrep } from './account-prep/playbook.ts';
import type { Playbook } from '../core/playbook.ts';

/** Every playbook there is, by the name of its folder. */
export const playbooks: Readonly<Record<string, Playbook>> = {
  'account-prep': accountPrep,
};

/** The playbook of that id; undefined where there is none, whatever the id. */
export function findPlaybook(id: string): Playbook | undefined {
  return Object.hasOwn(playbooks, id) ? playbooks[id] : undefined;
}
