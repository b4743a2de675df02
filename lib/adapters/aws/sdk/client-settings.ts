/** What every client of a service of AWS is made with. */
import { S3Client } from '@aws-sdk/client-s3';
import { SdkRetries } from './sdk-retries.ts';

/** Long enough for the slowest answer of a service, a joined multipart upload, and shorter than any task's time. */
const REQUEST_MILLISECONDS = 120_000;
const CONNECT_MILLISECONDS = 5_000;

/**
 * A request that is not answered in time fails, and is tried again; so does an answer that stops in its middle. Without
 * `throwOnRequestTimeout` the SDK's handler only writes a warning, and waits on.
 */
export const clientSettings = <L>(
  logger: L,
  { requestMilliseconds = REQUEST_MILLISECONDS }: { readonly requestMilliseconds?: number } = {},
) => ({
  maxAttempts: 4,
  logger,
  requestHandler: {
    connectionTimeout: CONNECT_MILLISECONDS,
    requestTimeout: requestMilliseconds,
    throwOnRequestTimeout: true,
    socketTimeout: requestMilliseconds,
  },
});

/** With an endpoint of one's own, an emulator's, names of buckets are no names of hosts. */
export const s3ClientFor = (
  env: Readonly<Record<string, string | undefined>>,
  retries = new SdkRetries(),
): S3Client =>
  new S3Client({ ...clientSettings(retries), forcePathStyle: env.AWS_ENDPOINT_URL !== undefined });
