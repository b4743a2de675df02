import { once } from 'node:events';
import { createServer } from 'node:http';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readRange } from '../../../../lib/adapters/aws/s3/s3-ranges.ts';
import { isPassing } from '../../../../lib/adapters/aws/sdk/aws-errors.ts';
import { clientSettings } from '../../../../lib/adapters/aws/sdk/client-settings.ts';
import { SdkRetries } from '../../../../lib/adapters/aws/sdk/sdk-retries.ts';
import { clientConfig } from '../../../emulators/credentials.ts';

/**
 * Never answers `/bucket/silent`; to any other request it sends the first bytes of an answer and then stops.
 */
const server = createServer((request, response) => {
  if (request.url?.includes('silent')) return;
  response.writeHead(206, { 'content-length': '1000' });
  response.write('begun');
});
let client: S3Client;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  client = new S3Client({
    ...clientConfig(`http://127.0.0.1:${port}`),
    forcePathStyle: true,
    ...clientSettings(new SdkRetries(), { requestMilliseconds: 200 }),
    maxAttempts: 1,
  });
});
afterAll(() => {
  client.destroy();
  server.closeAllConnections();
  server.close();
});

describe('a service that hangs', () => {
  test('before its answer: the request fails in time, as one to be tried again', async () => {
    const thrown = await client
      .send(new GetObjectCommand({ Bucket: 'bucket', Key: 'silent' }))
      .catch((error: unknown) => error);
    expect(isPassing(thrown)).toBe(true);
  });

  test('in the middle of its answer: so does the read', async () => {
    await expect(readRange(client, { bucket: 'bucket', key: 'begun' }, 0, 1000)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
