/** Translates errors of calls for a table. */
import { HoldfastError } from '../../../../model/errors.ts';
import { fromAws, isAwsError, isDenied, isPassing, refusalWords } from '../../sdk/aws-errors.ts';

/** @param what the thing that was called, for the message: `table orders` */
export const tableError = (thrown: unknown, what: string): unknown => {
  if (thrown instanceof HoldfastError || isPassing(thrown)) return fromAws(thrown, what);
  if (isAwsError(thrown, 'ResourceNotFoundException', 'TableNotFoundException'))
    return new HoldfastError(
      'component_failed',
      `the ${what} no longer exists: it was deleted during the operation`,
      { cause: thrown },
    );
  const words = refusalWords(thrown);
  if (words === undefined) return fromAws(thrown, what);
  const advice = isDenied(thrown)
    ? "give Holdfast's functions the right to it"
    : 'fix what DynamoDB reports, and try again';
  return new HoldfastError('component_unavailable', `the ${what} cannot be used (${words}); ${advice}`, {
    cause: thrown,
  });
};

/** Runs the work, and throws its errors translated by `tableError`. */
export const inTableWords = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (thrown) {
    throw tableError(thrown, what);
  }
};
