import { describe, expect, it } from 'vitest';
import { endpoints } from '../../shared/contract/admin/endpoints.ts';
import { openApiDocument } from './openapi-document.ts';

describe('the OpenAPI document', () => {
  const document = openApiDocument(Object.values(endpoints), '1');

  it('has every call of the surface, each under its name', () => {
    const ids = Object.values(document['paths'] as Record<string, Record<string, { operationId: string }>>).flatMap((path) => Object.values(path).map((call) => call.operationId));
    expect(ids.toSorted()).toEqual(Object.keys(endpoints).toSorted());
  });

  it('asks for the Idempotency-Key where the server does, and refuses unknown fields', () => {
    const { post } = (document['paths'] as Record<string, Record<string, unknown>>)['/admin/migration/{id}/execute'] as { post: { parameters: { name: string }[]; requestBody: { content: Record<string, { schema: { additionalProperties: boolean } }> } } };
    expect(post.parameters.map((parameter) => parameter.name)).toEqual(['id', 'Idempotency-Key']);
    expect(post.requestBody.content['application/json']?.schema.additionalProperties).toBe(false);
  });

  it('is plain JSON without references to anything outside itself', () => {
    const text = JSON.stringify(document);
    expect(JSON.parse(text)).toEqual(document);
    for (const [, target] of text.matchAll(/"\$ref":"([^"]+)"/g)) expect(target).toMatch(/^#\/components\/schemas\//);
  });
});
