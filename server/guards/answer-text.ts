import type { FastifyReply } from 'fastify';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import type { Answer } from './call.ts';

/**
 * Puts status, headers and media type on the reply and gives the text to send, undefined where there is none. The answer
 * is checked against its schema, which also drops what the contract does not name. A handler returns this text and not
 * the reply after sending: awaiting a reply has Fastify watch its stream to the end.
 */
export function answerText<E extends Endpoint>(endpoint: E, reply: FastifyReply, answer: Answer<E>): unknown {
  for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value);
  reply.code(answer.status ?? endpoint.status);
  if (endpoint.status === 204) return undefined;
  reply.type(`${endpoint.replyType ?? 'application/json'}; charset=utf-8`);
  return endpoint.replyType === undefined ? JSON.stringify(endpoint.reply.parse(answer.body)) : answer.body;
}
