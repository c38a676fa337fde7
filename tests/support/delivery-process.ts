// One server process as far as delivery goes, for proofs that kill it: DATABASE_URL, KLAVIYO_BASE_URL, KLAVIYO_API_KEY.
import { randomUUID } from 'node:crypto';
import { createDelivery } from '../../server/events/delivery.ts';
import { createKlaviyo } from '../../server/events/klaviyo.ts';
import { openStore } from '../../server/store/open-store.ts';

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

const store = await openStore({ kind: 'postgres', url: setting('DATABASE_URL') }, 'check');
const delivery = createDelivery({
  store,
  destination: createKlaviyo({ apiKey: setting('KLAVIYO_API_KEY'), baseUrl: setting('KLAVIYO_BASE_URL') }, () => new Date()),
  newId: randomUUID,
  random: Math.random,
  logFailure: (error) => void process.stderr.write(`${String(error)}\n`),
  onRefused: () => undefined,
});
await delivery.start();
process.stdout.write('ready\n');
