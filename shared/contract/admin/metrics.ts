import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { noBody, noParams, noQuery } from './wire.ts';

export const getMetrics = endpoint({
  name: 'getMetrics',
  method: 'GET',
  path: '/metrics',
  summary: 'What this server process counts, in the text form of Prometheus. No personal data is among it.',
  access: 'loopback-or-any-scope',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: noBody,
  status: 200,
  reply: z.string(),
  replyType: 'text/plain',
});
