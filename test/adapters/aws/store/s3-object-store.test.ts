import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { S3ObjectStore } from '../../../../lib/adapters/aws/store/s3-object-store.ts';
import { sampleId } from '../../../contract/sample-records.ts';
import { clientConfig } from '../../../emulators/credentials.ts';

test('to a worker that may not list, an upload that is not there is one that ended, though S3 says 403', async () => {
  const client = new S3Client(clientConfig('http://127.0.0.1:9'));
  client.middlewareStack.add(
    () => async () => {
      throw new S3ServiceException({
        name: 'Forbidden',
        $fault: 'client',
        $metadata: { httpStatusCode: 403 },
        message: 'UnknownError',
      });
    },
    { step: 'initialize' },
  );
  const store = new S3ObjectStore({ client, bucket: 'own-bucket', backupPaths: [] });
  await expect(store.putPiece(sampleId(), 'one', [])).rejects.toMatchObject({ code: 'not_found' });
});
