import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import { canonicalForm } from '../made-up-people.ts';
import { expectRefusal, said, sha256Hex, type Trial } from '../trial.ts';
import { expectThat } from '../verdicts.ts';

const NDJSON = 'application/x-ndjson';

/** A cohort is its content: uploaded in one form, named by one hash. Gives that hash. */
export async function checkCohorts(trial: Trial): Promise<string> {
  const { verdicts, people } = trial;
  const text = canonicalForm(people.records);
  const cohort = sha256Hex(text);
  const put = (sha256: string, sent: string) => trial.send(endpoints.putCohort, { params: { id: trial.migration.id, sha256 }, raw: { type: NDJSON, text: sent } });

  await verdicts.check('cohort.upload', async () => {
    const first = await put(cohort, text);
    expectThat(first.status === 201, `${said(first)} for a new cohort, not 201.`);
    const again = await put(cohort, text);
    expectThat(again.status === 200, `${said(again)} for a known cohort, not 200.`);
    const reply = endpoints.putCohort.reply.safeParse(again.json);
    expectThat(reply.success && reply.data.cohort === cohort && reply.data.records === people.records.length, 'The answer names another hash or number of records.');
  });

  await verdicts.check('cohort.wrong_hash', async () => {
    const answer = await put(sha256Hex(`${text} `), text);
    expectRefusal(answer, 422, ['cohort_hash_mismatch']);
  });

  await verdicts.check('cohort.not_canonical', async () => {
    const [first = people.outsider] = people.records;
    const spaced = `${JSON.stringify({ email: first.email, full_name: first.full_name, stripe_customer_id: first.stripe_customer_id }, undefined, 1).replaceAll('\n', '')}\n`;
    const shouted = canonicalForm([{ ...first, email: first.email.toUpperCase() }]);
    for (const wrong of [spaced, shouted, text.slice(0, -1).concat('\r\n')]) expectRefusal(await put(sha256Hex(wrong), wrong), 422, []);
  });

  return cohort;
}
