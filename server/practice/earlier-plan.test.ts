import { describe, expect, it } from 'vitest';
import { planRowSchema } from '../../shared/core/plan-row.ts';
import { earlierPlan } from './earlier-plan.ts';

describe('the plan of the practice story', () => {
  it('is a plan like every other: two customers found by e-mail, each field with before and after', () => {
    const plan = earlierPlan();
    for (const row of plan.rows) expect(planRowSchema.parse(row)).toMatchObject({ match: 'MATCH_EMAIL', action: 'UPDATE_EXISTING' });
    expect(plan.summary).toMatchObject({ rows: 2, by_action: { UPDATE_EXISTING: 2 } });
    expect(earlierPlan().planHash).toBe(plan.planHash);
  });
});
