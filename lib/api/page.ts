import * as z from 'zod';

/** A page of a list, as the API answers it. */
export const pageOf = (resource: z.ZodType) =>
  z.object({ skip: z.number(), limit: z.number(), total: z.number(), resources: z.array(resource) });
