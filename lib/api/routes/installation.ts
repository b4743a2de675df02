/** The installation itself: health, status, what it is configured to back up, and the document of this API. */
import * as z from 'zod';
import { componentFor } from '../../components/index.ts';
import { reaches } from '../../model/access/permissions.ts';
import { instant } from '../../model/records/fields.ts';
import { operationSchema, stateSchema } from '../../model/records/operation.ts';
import { pageSchema } from '../../model/requests/page.ts';
import { PRODUCT_VERSION } from '../../model/version.ts';
import { status } from '../../operations/backup/read-backups.ts';
import type { Host } from '../../ports/host.ts';
import { taggedReply } from '../entity-tag.ts';
import { openApiDocument } from '../openapi/openapi.ts';
import { named } from '../openapi/schema-names.ts';
import { pageOf } from '../page.ts';
import { openRoute, type Route, route } from '../route.ts';
import { byteRoutes } from './bytes.ts';

const lastOperationSchema = named(
  'LastOperation',
  operationSchema.extend({ state: stateSchema, shortError: z.string(), completedAt: instant.nullable() }),
);
const statusSchema = named(
  'Status',
  z.object({
    state: z.enum(['IDLE', 'BUSY']),
    operation: operationSchema.nullable(),
    last: lastOperationSchema.nullable(),
    changed: named('Changed', z.object({ records: z.string(), progress: z.string() }))
      .nullable()
      .describe(
        'Versions that change whenever something has changed: `records` for what lists show, `progress` for what runs. Null if the host does not learn of changes, and for callers without rights in the whole installation.',
      ),
  }),
);
const healthSchema = named('Health', z.object({ status: z.literal('ok'), version: z.string() }));
const componentViewSchema = named(
  'Component',
  z.object({ id: z.string(), kind: z.string(), domain: z.string(), target: z.string() }),
);
const documentSchema = named('OpenApiDocument', z.looseObject({ openapi: z.string() }));

const healthRoute = openRoute({
  method: 'GET',
  path: '/v1/health',
  operationId: 'getHealth',
  summary: 'Check that the installation answers; needs no token.',
  answers: { status: 200, schema: healthSchema },
  answer: async () => ({ status: 200, body: { status: 'ok', version: PRODUCT_VERSION } }),
});

const statusRoute = route({
  method: 'GET',
  path: '/v1/status',
  operationId: 'getStatus',
  needs: 'installation.read',
  summary:
    'Get which operation runs, and how the last one ended; with Prefer: wait, the answer comes as soon as that changes.',
  takes: ['If-None-Match', 'Prefer'],
  answers: { status: 200, tagged: true, schema: statusSchema },
  handle: async ({ host, principal, headers }) => taggedReply(headers, await status(host, principal)),
});

const componentsRoute = route({
  method: 'GET',
  path: '/v1/components',
  operationId: 'listComponents',
  needs: 'installation.read',
  summary: 'List the components that this installation backs up.',
  query: pageSchema,
  answers: { status: 200, schema: pageOf('ComponentPage', componentViewSchema) },
  handle: async ({ host, principal, query: { skip, limit } }) => {
    const components = host.config.components.filter(({ domain }) => reaches(principal.grants, domain));
    const resources = components.slice(skip, skip + limit).map((settings) => {
      const { id, kind, target } = componentFor(settings);
      return { id, kind, domain: settings.domain, target };
    });
    return { status: 200, body: { skip, limit, total: components.length, resources } };
  },
});

const openApiRoute = (documentOf: (name: Host['name']) => object): Route =>
  route({
    method: 'GET',
    path: '/v1/openapi.json',
    operationId: 'getOpenApi',
    needs: 'installation.read',
    summary: 'Get this API as an OpenAPI 3.1 document.',
    answers: { status: 200, schema: documentSchema },
    handle: async ({ host }) => ({
      status: 200,
      body: documentOf(host.name),
    }),
  });

export const installationRoutes = (others: readonly Route[]): Route[] => {
  const documents = new Map<Host['name'], object>();
  const documentOf = (name: Host['name']): object => {
    const known = documents.get(name);
    if (known !== undefined) return known;
    const made =
      name === 'embedded'
        ? openApiDocument([...others, ...own, ...byteRoutes])
        : openApiDocument([...others, ...own], { isGateway: true });
    documents.set(name, made);
    return made;
  };
  const own = [healthRoute, statusRoute, componentsRoute, openApiRoute(documentOf)];
  return own;
};
