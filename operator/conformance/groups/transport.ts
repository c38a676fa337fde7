import { z } from 'zod';
import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import { expectRefusal, said, type Trial } from '../trial.ts';
import { expectThat } from '../verdicts.ts';

const openApiSchema = z.object({ openapi: z.string(), paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** How the API speaks: health, its own description, and problem documents for what cannot be answered. */
export async function checkTransport(trial: Trial): Promise<void> {
  const { verdicts, http, newKey } = trial;

  await verdicts.check('transport.health', async () => {
    await trial.done(endpoints.getHealth);
    await trial.done(endpoints.getReady);
  });

  await verdicts.check('transport.openapi', async () => {
    const described = openApiSchema.safeParse(await trial.done(endpoints.getOpenApi));
    expectThat(described.success && described.data.openapi.startsWith('3.1'), 'It is no OpenAPI 3.1 document.');
    if (!described.success) return;
    const operations = new Set(Object.entries(described.data.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${placesNamed(path)}`)));
    const missing = Object.values(endpoints).map(({ method, path }) => `${method} ${placesNamed(path)}`).filter((call) => !operations.has(call));
    expectThat(missing.length === 0, `It does not name ${missing.join(', ')}.`);
  });

  await verdicts.check('transport.unknown_address', async () => {
    const answer = await trial.send({ ...endpoints.listRuns, path: '/admin/no-such-call' });
    expectRefusal(answer, 404, []);
  });

  await verdicts.check('transport.malformed_body', async () => {
    const answer = await http.send({
      method: 'POST',
      path: `/admin/migration/${encodeURIComponent(trial.migration.id)}/dry-run`,
      headers: { ...(await authorization(trial)), 'Content-Type': 'application/json', 'Idempotency-Key': newKey() },
      body: '{"source_file": ',
    });
    expectThat(answer.status >= 400 && answer.status < 500, `${said(answer)}, not a 4xx.`);
    expectRefusal(answer, answer.status, []);
  });
}

/** The header that a call of the operator goes out with. */
async function authorization(trial: Trial): Promise<Record<string, string>> {
  const { request } = await trial.send(endpoints.getSession);
  return { Authorization: request.headers['Authorization'] ?? '' };
}

/** What a place in a path is called is no matter. */
function placesNamed(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, '{}');
}
