import * as z from 'zod';
import { count } from '../model/records/fields.ts';
import { named } from './schema-names.ts';

/** A page of a list, as the API answers it, under the name that it has in the OpenAPI document. */
export const pageOf = (name: string, resource: z.ZodType) =>
  named(name, z.object({ skip: count, limit: count, total: count, resources: z.array(resource) }));
