import * as z from 'zod';
import { count } from '../model/records/fields.ts';
import { named } from './openapi/schema-names.ts';
import type { Reply } from './route.ts';

/** The schema of a page of a list, under its name in the OpenAPI document. */
export const pageOf = (name: string, resource: z.ZodType) =>
  named(name, z.object({ skip: count, limit: count, total: count, resources: z.array(resource) }));

/**
 * The most bytes of a page. Lambda takes answers of 6 MB, as a JSON text within a JSON text; records of many components
 * are large.
 */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;

const isPage = (
  body: unknown,
): body is { readonly limit: number; readonly total: number; readonly resources: readonly unknown[] } =>
  typeof body === 'object' &&
  body !== null &&
  'total' in body &&
  'limit' in body &&
  'resources' in body &&
  Array.isArray(body.resources);

/**
 * A page with as many resources as fit into an answer, at least one; `limit` says how many. The next page begins after
 * them.
 */
export const fittingReply = (reply: Reply): Reply => {
  const { body } = reply;
  if (!isPage(body) || body.resources.length < 2) return reply;
  let bytes = 0;
  const more = body.resources.findIndex((resource, index) => {
    bytes += Buffer.byteLength(JSON.stringify(resource) ?? '');
    return index > 0 && bytes > MAX_PAGE_BYTES;
  });
  if (more === -1) return reply;
  return { ...reply, body: { ...body, limit: more, resources: body.resources.slice(0, more) } };
};
