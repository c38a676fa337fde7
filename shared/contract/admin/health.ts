import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { noBody, noParams, noQuery } from './wire.ts';

export const getHealth = endpoint({
  name: 'getHealth',
  method: 'GET',
  path: '/health',
  summary: 'The process is alive.',
  access: 'none',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: noBody,
  status: 200,
  reply: z.object({ status: z.literal('ok') }),
});

export const getReady = endpoint({
  name: 'getReady',
  method: 'GET',
  path: '/ready',
  summary: 'Database and queue can be reached; 503 otherwise.',
  access: 'none',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: noBody,
  status: 200,
  reply: z.object({ status: z.enum(['ready', 'not_ready']), database: z.boolean(), queue: z.boolean() }),
});
