/** The installation itself: health, status, what it is configured to back up, and the document of this API. */
import * as z from 'zod';
import { componentFor } from '../../components/index.ts';
import { operationSchema, stateSchema } from '../../model/records/operation.ts';
import { pageSchema } from '../../model/requests.ts';
import { PRODUCT_VERSION } from '../../model/version.ts';
import { status } from '../../operations/backup/read-backups.ts';
import { openApiDocument } from '../openapi.ts';
import { pageOf } from '../page.ts';
import { type Route, route } from '../route.ts';
import { byteRoutes } from './bytes.ts';

const statusSchema = z.object({
  state: z.enum(['IDLE', 'BUSY']),
  operation: operationSchema.nullable(),
  last: operationSchema
    .extend({ state: stateSchema, shortError: z.string(), completedAt: z.iso.datetime().nullable() })
    .nullable(),
});

const componentViewSchema = z.object({
  id: z.string(),
  kind: z.string(),
  domain: z.string(),
  target: z.string(),
});

export const installationRoutes = (others: readonly Route[]): Route[] => {
  const own: Route[] = [
    route({
      method: 'GET',
      path: '/v1/health',
      operationId: 'getHealth',
      summary: 'Is it up? The one route that answers without a token.',
      open: true,
      answers: { status: 200, schema: z.object({ status: z.literal('ok'), version: z.string() }) },
      handle: async () => ({ status: 200, body: { status: 'ok', version: PRODUCT_VERSION } }),
    }),
    route({
      method: 'GET',
      path: '/v1/status',
      operationId: 'getStatus',
      summary: 'What runs now, and how the last operation ended.',
      answers: { status: 200, schema: statusSchema },
      handle: async ({ host }) => ({ status: 200, body: await status(host) }),
    }),
    route({
      method: 'GET',
      path: '/v1/components',
      operationId: 'listComponents',
      summary: 'What this installation backs up.',
      query: pageSchema,
      answers: { status: 200, schema: pageOf(componentViewSchema) },
      handle: async ({ host, query: { skip, limit } }) => {
        const { components } = host.config;
        const resources = components.slice(skip, skip + limit).map((settings) => {
          const { id, kind, target } = componentFor(settings);
          return { id, kind, domain: settings.domain, target };
        });
        return { status: 200, body: { skip, limit, total: components.length, resources } };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/openapi.json',
      operationId: 'getOpenApi',
      summary: 'This API as an OpenAPI 3.1 document.',
      answers: { status: 200 },
      handle: async ({ host }) => ({
        status: 200,
        body: openApiDocument([...others, ...own, ...(host.name === 'embedded' ? byteRoutes : [])]),
      }),
    }),
  ];
  return own;
};
