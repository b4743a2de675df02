/** The OpenAPI document, made from the routes' own schemas: so it always says what the routes check. */
import type * as z from 'zod';
import { PRODUCT_VERSION } from '../../model/version.ts';
import { requestHeaders } from '../request-headers.ts';
import type { DescribedRoute } from '../route.ts';
import { headersOf, problemExamples, responsesOf } from './openapi-answers.ts';
import { inlineSchema, type JsonObject, namedSchemas, schemaReference } from './schema-names.ts';

/** A tag for each part of the API, and the first words of the paths in it. */
const tags = {
  backups: { description: 'Create, list, download and delete backups.', paths: ['backups'] },
  archives: {
    description: 'Routes that open an archive or read all of it.',
    paths: ['verifications', 'reseals'],
  },
  restores: { description: 'Restores and their plans.', paths: ['restores'] },
  operations: { description: 'The operation that is running.', paths: ['operations'] },
  keys: { description: 'Backup keys, and the verify keys that are trusted.', paths: ['keys', 'verify-keys'] },
  uploads: { description: 'Uploads of archive files.', paths: ['uploads', 'imports'] },
  access: {
    description: 'Tokens, people, approvals and the audit trail.',
    paths: [
      ...[
        'tokens',
        'users',
        'sign-in',
        'issuers',
        'issuer-sign-in',
        'issuer-session',
        'invitations',
        'backup-token',
        'sessions',
        'domains',
      ],
      ...['approvals', 'audit'],
    ],
  },
  schedules: {
    description: 'Schedules and triggers, which start backups automatically, and retention.',
    paths: ['schedules', 'triggers', 'retention'],
  },
  notices: {
    description: 'Notices, their channels, and the result of each delivery.',
    paths: ['notices', 'deliveries', 'channels'],
  },
  installation: {
    description: 'The installation itself.',
    paths: ['health', 'status', 'components', 'openapi.json', 'metrics', 'livez', 'readyz'],
  },
} as const;

const tagOf = (path: string): string => {
  const [, version = '', first = version] = path.split('/');
  const found = Object.entries(tags).find(([, { paths }]) => paths.some((one) => one === first));
  if (found === undefined) throw new RangeError(`no tag of the OpenAPI document is for ${path}`);
  return found[0];
};

/** A request may leave out a field that has a default. */
const defaultsOf = (schema: z.ZodType): JsonObject => Object(schema.safeParse({}).data);

const parametersOf = (schema: z.ZodType, where: 'path' | 'query'): JsonObject[] => {
  const { properties = {}, required = [] } = inlineSchema(schema);
  const needed = where === 'path' ? Object.keys(Object(properties)) : Array.from(Object(required));
  const defaults = where === 'query' ? defaultsOf(schema) : {};
  return Object.entries(Object(properties)).map(([name, of]) => ({
    name,
    in: where,
    required: needed.includes(name),
    schema: { ...Object(of), ...(name in defaults && { default: defaults[name] }) },
  }));
};

const headerParametersOf = ({ takes = [] }: DescribedRoute): JsonObject[] =>
  takes.map((name) => {
    const { description, schema } = requestHeaders[name];
    return { name, in: 'header', required: false, description, schema: inlineSchema(schema) };
  });

const bodyOf = (
  body: NonNullable<DescribedRoute['body']>,
  { signed }: Pick<DescribedRoute, 'signed'>,
): JsonObject =>
  body === 'bytes'
    ? {
        // A signed message may be empty.
        required: signed !== true,
        content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
      }
    : {
        // When every field has a default, a request without a body means the same as an empty object.
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: schemaReference(body) } },
      };

/** The permission that the caller needs; null when the route answers anybody. */
const neededBy = ({ needs, of, alsoNeeds }: DescribedRoute): JsonObject => ({
  'x-holdfast-permission': needs ?? null,
  ...(needs !== undefined && {
    description: [
      `Needs the permission \`${needs}\`${of === undefined ? '' : ' in the domain of the record'}.`,
      ...(alsoNeeds === undefined ? [] : [alsoNeeds]),
    ].join(' '),
  }),
});

const operationOf = (route: DescribedRoute, isGateway: boolean): JsonObject => ({
  operationId: route.operationId,
  summary: route.summary,
  ...neededBy(route),
  tags: [tagOf(route.path)],
  security: route.needs === undefined ? [] : [{ token: [] }],
  parameters: [
    ...parametersOf(route.params, 'path'),
    ...parametersOf(route.query, 'query'),
    ...headerParametersOf(route),
  ],
  ...(route.body !== undefined && { requestBody: bodyOf(route.body, route) }),
  responses: responsesOf(route, isGateway),
});

const DESCRIPTION = `Back up a whole system as one encrypted, signed, verifiable archive, and restore it here or elsewhere.

Errors are problem documents (RFC 9457); the names of a problem's examples are the codes that the route may answer. HEAD is answered wherever GET is; any other method gets 405 \`method_not_allowed\` with the header Allow, and a path that is not here 404 \`not_found\`. A route without a body refuses one. Every answer has Cache-Control and X-Content-Type-Options.`;

/** @param isGateway Whether API Gateway is in front of the routes, and answers some requests itself. */
export const openApiDocument = (
  routes: readonly DescribedRoute[],
  { isGateway = false }: { readonly isGateway?: boolean } = {},
): JsonObject => {
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    const path = paths[route.path] ?? {};
    path[route.method.toLowerCase()] = operationOf(route, isGateway);
    paths[route.path] = path;
  }
  const operations = Object.values(paths).flatMap((path) => Object.values(path).map(Object));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version: PRODUCT_VERSION,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The server that serves this document.' }],
    tags: Object.entries(tags).map(([name, { description }]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of this installation: hf_...' },
      },
      headers: headersOf(paths),
      examples: problemExamples(routes),
      schemas: namedSchemas({
        bodies: operations.map(({ requestBody }) => requestBody),
        answers: operations.map(({ responses }) => responses),
      }),
    },
  };
};
