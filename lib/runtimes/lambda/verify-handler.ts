/** A function that plans a pass over an archive, and reads a range of it: two states call it. */
import * as z from 'zod';
import { type Pass, planPass, verifyRange } from '../../operations/verify/verify-pass.ts';
import { holdSchema, taskHandler } from './task-handler.ts';

const count = z.number().int().nonnegative();
const outputSchema = z.union([
  z.strictObject({ tasks: z.array(z.strictObject({ range: count })) }),
  z.strictObject({ done: z.boolean() }),
]);

/** @param passes the passes that the function knows; a call names one when there are several */
export const verifyHandler = (...passes: readonly [Pass, ...Pass[]]) => {
  const [first] = passes;
  const inputSchema = holdSchema.extend({
    pass: z.enum(passes.map(({ name }) => name)).default(first.name),
    /** Absent when the call plans the pass. */
    work: z.object({ range: count }).optional(),
  });
  return taskHandler(
    inputSchema,
    (invocation, { pass: name, work, ...hold }) => {
      const pass = passes.find((one) => one.name === name) ?? first;
      return work === undefined
        ? planPass(invocation, hold, pass)
        : verifyRange(invocation, hold, pass, work);
    },
    outputSchema,
  );
};
