/** The end of a run as an exit code or a Failure. */
import { exitCodes } from '../../model/errors.ts';
import { Failure, serverCode } from '../failure.ts';
import type { Running } from './running.ts';

/** 0 for SUCCESS, 3 for PARTIAL, 6 for a dry run whose plan contains refusals. */
export const exitCodeOfState = (state: string): number => {
  if (state === 'REFUSED') return exitCodes.planRefused;
  return state === 'PARTIAL' ? exitCodes.partial : exitCodes.done;
};

/**
 * The Failure of a run that did not succeed, not even in part: with the code of the error and its exit code. Undefined
 * for a run that did.
 *
 * @param more Where all of it is told.
 */
export const outcomeFailure = (
  kind: string,
  { id, state, shortError, errorCode }: Running,
  more?: string,
): Failure | undefined => {
  if (state === 'SUCCESS' || state === 'PARTIAL' || state === 'REFUSED') return undefined;
  if (state === 'CANCELLED')
    return new Failure('cancelled', `${kind} ${id} was cancelled`, { details: { id, state } });
  return new Failure(
    errorCode === '' ? 'failed' : serverCode(errorCode),
    `${kind} ${id} failed: ${shortError || 'no reason is known'}`,
    {
      more,
      details: { id, state },
    },
  );
};
