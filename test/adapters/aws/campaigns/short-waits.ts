/**
 * Imported first by what runs thousands of times: while it runs, waits of `node:timers/promises` end at once, so that what is
 * tried again and again is over soon, and the SDK's own repeats do not wait either. A module of Node is one for all files of
 * tests in a process: outside of `withShortWaits` its waits are as long as they say.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { S3ClientConfig } from '@aws-sdk/client-s3';

const timers: { setTimeout: (milliseconds?: number, value?: unknown, options?: object) => Promise<unknown> } =
  createRequire(import.meta.url)('node:timers/promises');
const wait = timers.setTimeout;
let running = 0;
timers.setTimeout = (milliseconds, value, options) => wait(running > 0 ? 0 : milliseconds, value, options);
syncBuiltinESMExports();

export const withShortWaits = async <T>(work: () => Promise<T>): Promise<T> => {
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
  }
};

export type RetryStrategy = Exclude<S3ClientConfig['retryStrategy'], undefined>;

/** As the SDK's own, without its waits: what is throttled or passing is sent again until it was sent `most` times. */
export const withoutWaits = (most: number) => {
  const token = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 0 });
  return {
    mode: 'standard',
    acquireInitialRetryToken: async () => token(0),
    refreshRetryTokenForRetry: async (
      { getRetryCount }: { getRetryCount(): number },
      { errorType }: { errorType: string },
    ) => {
      const passes = errorType === 'THROTTLING' || errorType === 'TRANSIENT';
      if (!passes || getRetryCount() + 1 >= most) throw new Error('no more');
      return token(getRetryCount() + 1);
    },
    recordSuccess: () => undefined,
  };
};
