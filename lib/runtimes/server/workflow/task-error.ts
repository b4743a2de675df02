/** How a task's failure looks to Retry and Catch: like a Lambda's on Step Functions. */

/**
 * ErrorEquals matches `name`, and Catch passes the message on as `Cause`: for a Lambda that threw, the JSON text
 * {"errorType","errorMessage"}.
 */
export class TaskError extends Error {
  /** The interpreter reads this: an end that no Retry or Catch may continue. */
  readonly isRetryable: boolean;
  readonly isCatchable: boolean;

  constructor(name: string, cause: string, { final = false }: { final?: boolean } = {}) {
    super(cause);
    this.name = name;
    this.isRetryable = !final;
    this.isCatchable = !final;
  }
}

/** What a handler threw, as the Lambda runtime reports it. */
export const fromHandler = (thrown: unknown): TaskError => {
  const errorType = thrown instanceof Error ? thrown.name : 'Error';
  const errorMessage = thrown instanceof Error ? thrown.message : String(thrown);
  return new TaskError(errorType, JSON.stringify({ errorType, errorMessage }));
};

/** The error of a task that wants to start after its execution is over. */
export const executionEnded = (): TaskError =>
  new TaskError('Holdfast.ExecutionEnded', 'the execution, or the Map around this task, has ended', {
    final: true,
  });

/** Step Functions' limit for the input and the output of a state, in bytes. */
const MAX_STATE_BYTES = 262_144;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A value as it looks after it was passed as JSON, as on AWS. @throws TaskError when it is too large */
export const throughJson = (value: unknown, what: string): Json => {
  const text = JSON.stringify(value ?? null);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_STATE_BYTES)
    throw new TaskError(
      'States.DataLimitExceeded',
      `the ${what} has ${bytes} bytes; Step Functions takes ${MAX_STATE_BYTES}: put pointers into the state, not data`,
      { final: true },
    );
  return JSON.parse(text);
};
