/** The settings of every client of an AWS service. */
import { S3Client } from '@aws-sdk/client-s3';
import { SdkRetries } from './sdk-retries.ts';

/** Time limit: enough for a service's slowest answer, a joined multipart upload, and shorter than any task's time. */
const REQUEST_MILLISECONDS = 120_000;
const CONNECT_MILLISECONDS = 5_000;

/**
 * A request that gets no answer in time fails, and is tried again; so does one whose answer stops in the middle.
 * Without `throwOnRequestTimeout` the SDK's handler only writes a warning, and waits on.
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

/** With a custom endpoint, such as an emulator's, bucket names are not host names. */
export const s3ClientFor = (
  env: Readonly<Record<string, string | undefined>>,
  retries = new SdkRetries(),
): S3Client =>
  new S3Client({ ...clientSettings(retries), forcePathStyle: env.AWS_ENDPOINT_URL !== undefined });
