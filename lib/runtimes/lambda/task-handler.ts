/** A step of a workflow as a Lambda handler: parse, wire, one operation; errors in the form Retry and Catch match. */
import middy from '@middy/core';
import * as z from 'zod';
import { toHoldfastError } from '../../model/errors.ts';
import { idSchema } from '../../model/ids.ts';
import { type HostedContext, type Invocation, invocationOf } from './invocation.ts';

/**
 * Lambda ends a step that takes too long as `Sandbox.Timedout`, which workflows try again. Middy would end it a little
 * earlier, with an error that they do not know.
 */
const RUNS_TO_THE_LIMIT = { timeoutEarlyInMillis: 0 } as const;

/** The input of every step: which operation, and the fence that proves that it still holds the lock. */
export const holdSchema = z.object({ operationId: idSchema, fence: z.number().int().positive() });

/** What a step returns that is called again until it is done. */
export const doneSchema = z.strictObject({ done: z.boolean() });

/** What steps that take and free the lock also get: the name of the execution, absent in executions of 0.1.0. */
export const executionSchema = { execution: z.string().optional() };

/**
 * An error as it leaves a step: Retry and Catch match `name`; the message is JSON with the code and the sentence, since
 * a workflow passes on nothing else.
 */
class TaskFailure extends Error {
  constructor(thrown: unknown) {
    const error = toHoldfastError(thrown);
    const sentence =
      error.code === 'internal' && error.cause instanceof Error
        ? `${error.cause.name}: ${error.cause.message}`
        : error.message;
    super(JSON.stringify({ code: error.code, message: sentence }), { cause: thrown });
    this.name = error.name;
  }
}

/**
 * @param schema the step's input; fields that it does not name are dropped
 * @param output the part that goes into the workflow's state, for a step that passes something on: an answer of another
 * form fails the step, so nothing is passed on unchecked
 */
export const taskHandler = <T, R>(
  schema: z.ZodType<T>,
  run: (invocation: Invocation, input: T) => Promise<R>,
  ...[output]: undefined extends R ? [] : [output: z.ZodType<R>]
) =>
  middy(async (event: unknown, context: HostedContext): Promise<R> => {
    const invocation = await invocationOf(context);
    try {
      const result = await run(invocation, schema.parse(event));
      return output === undefined ? result : output.parse(result);
    } catch (thrown) {
      const error = toHoldfastError(thrown);
      if (error.code === 'internal' && !invocation.signal.aborted)
        invocation.host.log.error(`${context.functionName}: an unexpected error`, {
          thrown: stackOf(error.cause),
        });
      throw new TaskFailure(thrown);
    }
  }, RUNS_TO_THE_LIMIT);

const stackOf = (cause: unknown): string =>
  cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
