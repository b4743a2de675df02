/** How a task's failure looks to Retry and Catch: as a Lambda's does on Step Functions. */

/**
 * `name` is what ErrorEquals matches, the message is what Catch hands on as `Cause`: for a Lambda that threw, the
 * JSON text {"errorType","errorMessage"}.
 */
export class TaskError extends Error {
  /** Read by the interpreter: an end that no Retry or Catch may turn into a beginning. */
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

/** The work of this execution is over; whatever still wants to start must not. */
export const executionEnded = (): TaskError =>
  new TaskError('Holdfast.ExecutionEnded', 'the execution, or the Map around this task, has ended', {
    final: true,
  });

/** Step Functions' bound on what goes into a state or comes out of it, in bytes. */
const MAX_STATE_BYTES = 262_144;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A value as it looks after travelling as JSON, which it does on AWS. @throws TaskError when it is too large. */
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
