/** The OpenAPI document, made from the routes' own schemas: it cannot say anything else than what is checked. */
import * as z from 'zod';
import { errorTable } from '../model/errors.ts';
import { PRODUCT_VERSION } from '../model/version.ts';
import { PROBLEM_TYPE } from './problem.ts';
import type { DescribedRoute } from './route.ts';

const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.enum(Object.keys(errorTable)),
});

type JsonObject = Record<string, unknown>;
const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): JsonObject => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
};

const parametersOf = (schema: z.ZodType, where: 'path' | 'query'): JsonObject[] => {
  const { properties = {} } = jsonSchema(schema, 'input');
  return Object.entries(Object(properties)).map(([name, of]) => ({
    name,
    in: where,
    required: where === 'path',
    schema: of,
  }));
};

const answerOf = ({ answers }: DescribedRoute): JsonObject => {
  if (answers.text)
    return { description: 'plain text', content: { 'text/plain': { schema: { type: 'string' } } } };
  if (answers.bytes !== undefined) return { description: 'the bytes', content: { [answers.bytes]: {} } };
  if (answers.schema === undefined) return { description: answers.status === 204 ? 'done' : 'JSON' };
  return {
    description: 'done',
    content: { 'application/json': { schema: jsonSchema(answers.schema, 'output') } },
  };
};

const bodyOf = (body: NonNullable<DescribedRoute['body']>): JsonObject => ({
  content:
    body === 'bytes'
      ? { 'application/octet-stream': {} }
      : { 'application/json': { schema: jsonSchema(body, 'input') } },
});

const operationOf = (route: DescribedRoute): JsonObject => ({
  operationId: route.operationId,
  summary: route.summary,
  security: route.open === true ? [] : [{ token: [] }],
  parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
  ...(route.body !== undefined && { requestBody: bodyOf(route.body) }),
  responses: {
    [String(route.answers.status)]: answerOf(route),
    default: {
      description: 'a problem document',
      content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
});

export const openApiDocument = (routes: readonly DescribedRoute[]): JsonObject => {
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    const path = paths[route.path] ?? {};
    path[route.method.toLowerCase()] = operationOf(route);
    paths[route.path] = path;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version: PRODUCT_VERSION,
      description:
        'Back up a whole system as one encrypted, signed, verifiable archive, and restore it here or elsewhere.',
    },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
    },
  };
};
