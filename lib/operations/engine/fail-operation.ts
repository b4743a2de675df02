import * as z from 'zod';
import { HoldfastError, isErrorCode } from '../../model/errors.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { componentError } from '../task/component-error.ts';
import { isFenceLost } from '../task/step-progress.ts';
import type { TaskContext } from '../task/task-context.ts';
import { isForeign } from './acquire-lock.ts';
import { endOperation } from './end-operation.ts';
import type { OperatingHost } from './kind-of-operation.ts';

/** What a state machine's Catch passes on. `Cause` is the failed task's error as JSON, or any text. */
export const caughtErrorSchema = z.looseObject({ Error: z.string().optional(), Cause: z.unknown() });
export type CaughtError = z.infer<typeof caughtErrorSchema>;

/**
 * The failure path of every workflow. Does nothing when the operation has ended already, or when the failed execution
 * is not the operation's own.
 */
export const failOperation = async (
  { host }: TaskContext<OperatingHost>,
  hold: Hold,
  caught: CaughtError,
  execution?: string,
): Promise<void> => {
  if (isForeign(hold, execution)) {
    host.log.warn(
      'an execution failed that does not belong to the running operation; the operation continues',
      {
        operationId: hold.operationId,
        execution,
      },
    );
    return;
  }
  try {
    await endOperation(host, hold, { state: 'FAILED', error: await reasonOf(host, hold, caught) });
  } catch (thrown) {
    if (!isFenceLost(thrown)) throw thrown;
    host.log.info('the operation had already ended', { operationId: hold.operationId });
  }
};

/** On AWS a distributed Map tells that items failed, and not why; the task that failed has written it down. */
const reasonOf = async (host: Host, hold: Hold, caught: CaughtError): Promise<HoldfastError> => {
  if (caught.Error !== 'States.ExceedToleratedFailureThreshold') return errorOf(caught);
  for await (const { state, ...failed } of everyRecord(host, 'captureSummary', { group: hold.operationId }))
    if (state === 'FAILED' && failed.shortError !== '') return componentError(failed, failed.shortError);
  for await (const { failure } of everyRecord(host, 'verifyRange', { group: hold.operationId }))
    if (failure !== null && isErrorCode(failure.code))
      return new HoldfastError(failure.code, failure.message);
  return errorOf(caught);
};

const lambdaErrorSchema = z.looseObject({ errorMessage: z.string() });
/** How a task's own error goes through a workflow: lambdas/ write it, this code reads it. */
export const taskErrorSchema = z.object({ code: z.string(), message: z.string() });

/** The error of a task from its Catch, in the task's own words if it had any. */
export const errorOf = ({ Error: name, Cause: cause }: CaughtError): HoldfastError => {
  if (name === 'States.Timeout')
    return new HoldfastError('interrupted', 'interrupted: a step took longer than its time limit');
  const message = messageOf(cause);
  const own = taskErrorSchema.safeParse(jsonOf(message));
  if (own.success)
    return new HoldfastError(
      isErrorCode(own.data.code) ? own.data.code : 'component_failed',
      own.data.message,
    );
  return new HoldfastError(
    'component_failed',
    [name, message].filter(Boolean).join(': ') || 'a step failed without a message',
  );
};

const messageOf = (cause: unknown): string => {
  const lambda = lambdaErrorSchema.safeParse(typeof cause === 'string' ? jsonOf(cause) : cause);
  if (lambda.success) return lambda.data.errorMessage;
  return typeof cause === 'string' ? cause : JSON.stringify(cause ?? '');
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
