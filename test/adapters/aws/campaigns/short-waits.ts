/**
 * Import this module first in campaigns that run thousands of cases. Inside `withShortWaits`, the waits of
 * `node:timers/promises` end at once, and so do the SDK's waits between retries. All test files of a process
 * share Node's modules, so outside `withShortWaits` every wait has its full length.
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

/**
 * The SDK's retry strategy without its waits: repeats a throttled or transiently failed request until it was
 * sent `most` times.
 */
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
