import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { noBody, noParams, noQuery } from './wire.ts';

export const getOpenApi = endpoint({
  name: 'getOpenApi',
  method: 'GET',
  path: '/openapi.json',
  summary: 'This surface as OpenAPI 3.1.',
  access: 'none',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: noBody,
  status: 200,
  reply: z.record(z.string(), z.unknown()),
});
