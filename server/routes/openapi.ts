import { endpoints } from '../../shared/contract/admin/endpoints.ts';
import type { Routes } from '../guards/registrar.ts';
import { openApiDocument } from './openapi-document.ts';

/** `GET /openapi.json`: made once, since the surface does not change while a server runs. */
export const openApiRoutes: Routes = (routes) => {
  const document = openApiDocument(Object.values(endpoints), '1');
  routes.open(endpoints.getOpenApi, async () => ({ body: document }));
};
